import { Fault } from '../../core/fault.ts';
import type { RunOptions } from '../invocation.ts';

/** The incident's label as a record keeps it; nothing where none was given. A label that could not be typed again is a Fault. */
export function labelOf({ incident }: Pick<RunOptions, 'incident'>): { readonly incident?: string } {
  return incident === null ? {} : { incident: checkedLabel(incident) };
}

/** An incident's label: letters, digits, dot, dash and underscore, 64 at most. */
export function checkedLabel(incident: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(incident)) return incident;
  throw new Fault({
    code: 'incident.label',
    message: `${JSON.stringify(incident)} can't be the label of an incident: letters, digits, dot, dash and underscore only, 64 at most.`,
    where: '--incident',
    exit: 'usage',
    next: ['such as --incident INC-1234'],
  });
}

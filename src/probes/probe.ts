import { worstOf, type Finding, type Look, type Place } from '../core/finding.ts';
import type { Problem } from '../core/fault.ts';
import type { ProbeScope } from './scope.ts';

/**
 * A look at one part of the interface. It reads through the scope only, so that what two probes need is read once and
 * each reading has its own limit; it never rejects for what a service does.
 */
export interface Probe {
  readonly place: Place;
  /** Several looks where several things stand at one place. */
  look(scope: ProbeScope): Promise<PartLook | readonly PartLook[]>;
}

/** A look before it is known who looked, and how long that took. */
export type PartLook = Omit<Look, 'place' | 'tookMs'>;

/** A look, its state taken from its findings. */
export function looked(
  subject: string,
  parts: Partial<Pick<Look, 'figure' | 'figures' | 'since'>>,
  findings: readonly Finding[],
): PartLook {
  return { subject, figure: '', figures: {}, since: null, ...parts, state: worstOf(findings), findings };
}

/** A part that the configuration does not name. */
export function notConfigured(subject: string, why: string): PartLook {
  return { subject, state: 'not-configured', figure: why, figures: {}, since: null, findings: [] };
}

/** A finding with the usual values of what is left out. */
export function finding(
  parts: Pick<Finding, 'code' | 'place' | 'severity' | 'message' | 'meaning' | 'next'> & Partial<Finding>,
): Finding {
  return { figure: '', since: null, evidence: [], blocks: [], confidence: 'certain', ...parts };
}

/** What could not be looked at is said, and nothing is claimed of it. */
export function unseen(place: Place, problem: Problem, meaning: string): Finding {
  const [next = 'esr-ops config check', ...others] = problem.next ?? [];
  const command = [next, ...others].find((text) => text.startsWith('esr-ops ')) ?? 'esr-ops config check';
  return finding({
    code: `${place}.unseen`,
    place,
    severity: 'unseen',
    message: problem.message,
    meaning,
    evidence: [`${problem.code}${problem.where === undefined ? '' : ` at ${problem.where}`}`],
    next: { byHand: next === command ? null : `${next}.`, command },
  });
}

import type { Json } from '../core/json.ts';
import type { Runbook, RunbookCheck, RunbookInput } from '../core/runbook.ts';
import type { Faults } from './faults.ts';
import type { FrontMatter } from './front-matter.ts';
import type { BareStep } from './read-steps.ts';
import { partsOf } from './reference.ts';

interface Parts {
  readonly inputs: readonly RunbookInput[];
  readonly needed: Runbook['needed'];
  readonly before: readonly (RunbookCheck | null)[];
}

/**
 * Checks of a runbook that is sound in itself: every input is used (a flag that does nothing would be believed),
 * and every example is of this command.
 */
export function checkUse(
  head: Pick<Runbook, 'command' | 'target'> & { readonly examples?: Runbook['examples'] | undefined },
  steps: readonly (BareStep | null)[],
  { inputs, needed, before }: Parts,
  front: FrontMatter,
  faults: Faults,
): void {
  const conditions = [
    needed?.when,
    ...before.map((check) => check?.that),
    ...steps.flatMap((step) => [
      step?.when,
      step !== null && 'that' in step ? step.that : null,
      step?.kind === 'wait' ? step.unless?.that : null,
    ]),
  ];
  const used = new Set([
    ...conditions.flatMap((condition) => condition?.facts ?? []),
    ...referencesIn(head.target),
    ...steps.flatMap((step) => (step?.kind === 'do' ? referencesIn(step.with) : [])),
  ]);
  for (const { name } of inputs) {
    if (used.has(`inputs.${name}`)) continue;
    faults.add(
      'unused-input',
      front.key(['inputs', name]),
      `The input \`${name}\` is used nowhere: its flag would do nothing.`,
    );
  }
  for (const [index, { run }] of (head.examples ?? []).entries()) {
    const command = `esr-ops ${head.command}`;
    if (run === command || run.startsWith(`${command} `)) continue;
    faults.add(
      'example',
      front.at(['examples', index, 'run']),
      `An example of this runbook begins with \`${command}\`.`,
    );
  }
}

function referencesIn(value: Json): readonly string[] {
  if (typeof value === 'string') return partsOf(value).flatMap((part) => (part.is === 'reference' ? [part.name] : []));
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((item: Json) => referencesIn(item));
}

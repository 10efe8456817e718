import { didYouMean } from '../core/closest.ts';
import type { Faults, Span } from './faults.ts';
import type { Prose } from './sections.ts';

/** A step's id and where it stands in the front matter. */
export interface StepId {
  readonly id: string;
  readonly span: Span;
}

/**
 * Checks steps and headings against each other: each step has one section with text in it, each section is a
 * step's, and both come in one order, because a person reads from top to bottom what the machine runs.
 */
export function checkProse(steps: readonly StepId[], { sections }: Prose, faults: Faults): void {
  const ids = new Set(steps.map(({ id }) => id));
  const headed = new Set(sections.map(({ id }) => id));
  const seen = new Set<string>();
  const unheaded = [...ids].filter((id) => !headed.has(id));
  const order = [...ids].filter((id) => headed.has(id));
  let inOrder = true;
  for (const { id, span, prose } of sections) {
    if (!ids.has(id))
      faults.add('heading', span, `The heading \`## ${id}\` is not the id of a step.${didYouMean(id, unheaded)}`);
    else if (seen.has(id)) faults.add('heading', span, `The heading \`## ${id}\` is there twice.`);
    else {
      const expected = order[seen.size] ?? id;
      if (inOrder && expected !== id)
        faults.add('heading', span, `The heading \`## ${id}\` is out of order: the steps have \`${expected}\` here.`);
      inOrder &&= expected === id;
      if (prose === '') faults.add('heading', span, `Nothing is written under \`## ${id}\`.`);
      seen.add(id);
    }
  }
  const unclaimed = [...headed].filter((id) => !ids.has(id)).slice(0, mostCandidates);
  for (const { id, span } of steps) {
    if (headed.has(id)) continue;
    const message = `The step \`${id}\` has no heading \`## ${id}\` in the prose.${didYouMean(id, unclaimed)}`;
    faults.add('heading', span, message);
  }
}

/** So many headings are compared with a missing one. */
const mostCandidates = 200;

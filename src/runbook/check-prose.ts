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
  const seen = new Set<string>();
  const unclaimed = sections.map(({ id }) => id).filter((id) => !ids.has(id));
  for (const { id, span, prose } of sections) {
    if (!ids.has(id)) {
      const free = steps.map((step) => step.id).filter((step) => !sections.some((section) => section.id === step));
      const message = `The heading \`## ${id}\` is not the id of a step.${didYouMean(id, free)}`;
      faults.add('heading', span, message);
    } else if (seen.has(id)) faults.add('heading', span, `The heading \`## ${id}\` is there twice.`);
    else if (prose === '') faults.add('heading', span, `Nothing is written under \`## ${id}\`.`);
    seen.add(id);
  }
  for (const { id, span } of steps) {
    if (seen.has(id)) continue;
    const message = `The step \`${id}\` has no heading \`## ${id}\` in the prose.${didYouMean(id, unclaimed)}`;
    faults.add('heading', span, message);
  }
  checkOrder(steps, sections, faults);
}

function checkOrder(steps: readonly StepId[], sections: Prose['sections'], faults: Faults): void {
  const headed = new Set(sections.map(({ id }) => id));
  const order = [...new Set(steps.map(({ id }) => id))].filter((id) => headed.has(id));
  const ordered = new Set(order);
  const written = sections.filter(({ id }, at) => {
    return ordered.has(id) && sections.findIndex((other) => other.id === id) === at;
  });
  const wrong = written.find(({ id }, at) => id !== order[at]);
  if (wrong === undefined) return;
  const expected = order[written.indexOf(wrong)] ?? '';
  const message = `The heading \`## ${wrong.id}\` is out of order: the steps have \`${expected}\` here.`;
  faults.add('heading', wrong.span, message);
}

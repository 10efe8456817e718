import type { ActionDeclaration } from '../core/action.ts';
import { sha256 } from '../core/json.ts';
import type { Runbook, RunbookCheck } from '../core/runbook.ts';
import type { Catalogue } from './catalogue.ts';
import { checkProse, type StepId } from './check-prose.ts';
import { checkReferences } from './check-references.ts';
import { checkShape } from './check-shape.ts';
import { checkUse } from './check-use.ts';
import { collectFaults, type Faults } from './faults.ts';
import { readFrontMatter, type FrontMatter } from './front-matter.ts';
import { conditionAt } from './read-condition.ts';
import { inputNames, readInputs } from './read-inputs.ts';
import { readStep, type BareStep } from './read-steps.ts';
import type { Name, Scope } from './scope.ts';
import { readProse } from './sections.ts';
import { shapes } from './shape.ts';

/**
 * Reads and checks one runbook. Throws a Fault (exit `usage`, codes `runbook.*`) with one Problem for each thing
 * that is wrong, in the order of the text, `where` being `file:line:column` and `details` what `formatExcerpt`
 * prints.
 *
 * @param file name to report and to keep in the runbook
 * @param text the file's whole content
 */
export function loadRunbook(file: string, text: string, catalogue: Catalogue): Runbook {
  const faults = collectFaults(file, text);
  const front = readFrontMatter(text, faults);
  if (front === null) throw faults.toFault();
  const head = checkShape(shapes.runbook, front, front.value, [], faults);
  const facts = new Map(
    catalogue.facts.map(({ name, type, values }): [string, Name] => [
      name,
      { from: 'fact', type, ...(values === undefined ? {} : { values }), mayBeUnset: false },
    ]),
  );
  const inputs = readInputs(front, { names: facts, steps: new Map() }, faults);
  const outer = scopeBefore(0, new Map([...facts, ...inputNames(front, inputs)]), front, catalogue.actions);

  const target = head?.target ?? '';
  checkReferences(target, ['target'], ['inputs', 'env'], outer, front, faults);
  const needed = readNeeded(front, outer, faults);
  const before = listAt(front, 'before').map((value, index) => readBefore(value, index, front, outer, faults));
  const actions = new Map(catalogue.actions.map((action) => [action.verb, action]));
  const steps = listAt(front, 'steps').map((value, index) => {
    const scope = scopeBefore(index, outer.names, front, catalogue.actions);
    return readStep(value, ['steps', index], { front, scope, actions, faults });
  });
  const prose = readProse(text, front.bodyStart);
  checkIds(front, faults);
  checkProse(idsOf(front, 'steps'), prose, faults);
  if (head !== null) checkExactlyOne(head['exactly-one'] ?? [], inputs, front, faults);
  if (head !== null && !faults.any) checkUse(head, steps, { inputs, needed, before }, front, faults);

  if (faults.any || head === null) throw faults.toFault();
  const sections = new Map(prose.sections.map((section) => [section.id, section]));
  return {
    command: head.command,
    summary: head.summary,
    examples: head.examples ?? [],
    inputs,
    ...(head['exactly-one'] === undefined ? {} : { exactlyOne: head['exactly-one'] }),
    target,
    needed,
    before: before.filter((check) => check !== null),
    steps: steps
      .filter((step): step is BareStep => step !== null)
      .map((step) => ({
        ...step,
        title: sections.get(step.id)?.title ?? step.id,
        prose: sections.get(step.id)?.prose ?? '',
      })),
    intro: prose.intro,
    file,
    digest: sha256(text),
  };
}

/** Each is an input that may be left out: otherwise there would be no choice. */
function checkExactlyOne(
  names: readonly string[],
  inputs: Runbook['inputs'],
  front: FrontMatter,
  faults: Faults,
): void {
  for (const [index, name] of names.entries()) {
    const input = inputs.find((one) => one.name === name);
    if (input?.required === false && input.default === null) continue;
    faults.add(
      'exactly-one',
      front.at(['exactly-one', index]),
      `\`${name}\` must be an input that is neither required nor has a default.`,
    );
  }
}

function readNeeded(front: FrontMatter, scope: Scope, faults: Faults): Runbook['needed'] {
  const { needed } = front.value as { readonly needed?: unknown };
  if (needed === undefined) return null;
  const shape = checkShape(shapes.needed, front, needed, ['needed'], faults);
  const when = shape === null ? null : conditionAt(shape.when, ['needed', 'when'], scope, front, faults);
  return shape === null || when === null ? null : { when, otherwise: shape.otherwise };
}

function readBefore(
  value: unknown,
  index: number,
  front: FrontMatter,
  scope: Scope,
  faults: Faults,
): RunbookCheck | null {
  const path = ['before', index];
  const shape = checkShape(shapes.before, front, value, path, faults);
  const that = shape === null ? null : conditionAt(shape.that, [...path, 'that'], scope, front, faults);
  if (shape === null || that === null) return null;
  return { id: shape.id, that, otherwise: shape.otherwise, exit: shape.exit ?? 'blocked' };
}

/** Names that may be used in the step with the given index: everything given, and what earlier steps put out. */
function scopeBefore(
  index: number,
  given: ReadonlyMap<string, Name>,
  front: FrontMatter,
  actions: readonly ActionDeclaration[],
): Scope {
  const names = new Map(given);
  const steps = new Map<string, 'earlier' | 'later' | 'unclear'>();
  for (const [at, value] of listAt(front, 'steps').entries()) {
    const { id, do: verb } = (value ?? {}) as { readonly id?: unknown; readonly do?: unknown };
    if (typeof id !== 'string' || steps.has(id)) continue;
    const action = actions.find((one) => one.verb === verb);
    const unclear = verb !== undefined && action === undefined;
    steps.set(id, at >= index ? 'later' : unclear ? 'unclear' : 'earlier');
    if (at >= index) continue;
    for (const [output, type] of Object.entries(action?.outputs ?? {}))
      names.set(`steps.${id}.${output}`, { from: 'step', type, mayBeUnset: false });
  }
  return { names, steps };
}

function listAt(front: FrontMatter, key: 'before' | 'steps'): readonly unknown[] {
  const list: unknown = front.value[key];
  return Array.isArray(list) ? (list as unknown[]) : [];
}

function idsOf(front: FrontMatter, key: 'before' | 'steps'): readonly StepId[] {
  return listAt(front, key).flatMap((value, index) => {
    const { id } = (value ?? {}) as { readonly id?: unknown };
    return typeof id === 'string' ? [{ id, span: front.at([key, index, 'id']) }] : [];
  });
}

/** Checks and steps share one set of ids: a journal and a screen name them without saying which they mean. */
function checkIds(front: FrontMatter, faults: Faults): void {
  const seen = new Set<string>();
  for (const { id, span } of [...idsOf(front, 'before'), ...idsOf(front, 'steps')]) {
    if (seen.has(id)) faults.add('duplicate-id', span, `The id \`${id}\` is used twice.`);
    seen.add(id);
  }
}

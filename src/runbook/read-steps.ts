import type { ActionDeclaration } from '../core/action.ts';
import { closest, didYouMean } from '../core/closest.ts';
import type { Condition, InVain, RunbookStep } from '../core/runbook.ts';
import { checkArguments } from './check-arguments.ts';
import { checkShape } from './check-shape.ts';
import { parseDuration } from '../core/duration.ts';
import type { Faults } from './faults.ts';
import type { FrontMatter, Path } from './front-matter.ts';
import { conditionAt } from './read-condition.ts';
import type { Scope } from './scope.ts';
import { shapes, stepKinds } from './shape.ts';

/** Everything that reading a step needs to know besides the step. */
export interface StepContext {
  readonly front: FrontMatter;
  /** What may be named in this step: outputs of earlier steps only. */
  readonly scope: Scope;
  readonly actions: ReadonlyMap<string, ActionDeclaration>;
  readonly faults: Faults;
}

/** A step without what its section of the prose gives. */
export type BareStep = RunbookStep extends infer Step
  ? Step extends RunbookStep
    ? Omit<Step, 'title' | 'prose'>
    : never
  : never;

/** Reads one step; null when it had faults (all of them added). */
export function readStep(value: unknown, path: Path, context: StepContext): BareStep | null {
  const { front, faults } = context;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    faults.add('step', front.at(path), 'A step is a mapping: `{ id: ..., do: ..., risk: ... }`.');
    return null;
  }
  const given = stepKinds.filter((kind) => Object.hasOwn(value, kind));
  const [kind, second] = given;
  if (kind === undefined) {
    const misspelt = Object.keys(value).find((key) => closest(key, stepKinds) !== null);
    const span = misspelt === undefined ? front.at(path) : front.key([...path, misspelt]);
    const hint = misspelt === undefined ? '' : didYouMean(misspelt, stepKinds);
    faults.add('step', span, `A step has one of \`do\`, \`wait\`, \`check\` and \`manual\`.${hint}`);
    return null;
  }
  if (second !== undefined) {
    faults.add('step', front.key([...path, second]), `A step is one thing: it has \`${kind}\` and \`${second}\`.`);
    return null;
  }
  switch (kind) {
    case 'do':
      return readDo(value, path, context);
    case 'wait':
      return readWait(value, path, context);
    case 'check':
      return readCheck(value, path, context);
    case 'manual':
      return readManual(value, path, context);
    default:
      return kind satisfies never;
  }
}

function readDo(value: object, path: Path, context: StepContext): BareStep | null {
  const { front, scope, actions, faults } = context;
  const shape = checkShape(shapes.do, front, value, path, faults);
  if (shape === null) return null;
  const when = readWhen(shape.when, path, context);
  const action = actions.get(shape.do);
  if (action === undefined) {
    const message = `There is no action \`${shape.do}\`.${didYouMean(shape.do, actions.keys())}`;
    faults.add('unknown-action', front.at([...path, 'do']), message);
    return null;
  }
  const args = checkArguments(action, shape.with ?? {}, [...path, 'with'], scope, front, faults);
  return { kind: 'do', id: shape.id, when, verb: shape.do, risk: shape.risk, with: args };
}

function readWait(value: object, path: Path, context: StepContext): BareStep | null {
  const { front, scope, faults } = context;
  const shape = checkShape(shapes.wait, front, value, path, faults);
  if (shape === null) return null;
  const that = conditionAt(shape.wait, [...path, 'wait'], scope, front, faults);
  const when = readWhen(shape.when, path, context);
  const everyMs = durationAt(shape.every, [...path, 'every'], context);
  const atMostMs = durationAt(shape.atMost, [...path, 'atMost'], context);
  if (that === null || everyMs === null || atMostMs === null) return null;
  if (everyMs > atMostMs)
    faults.add(
      'duration',
      front.at([...path, 'every']),
      `\`every\` (${shape.every}) is longer than \`atMost\` (${shape.atMost}).`,
    );
  const { id, otherwise, unmet = 'stop' } = shape;
  const waiting = { kind: 'wait', id, when, that, everyMs, atMostMs, otherwise, unmet } as const;
  if (shape.unless === undefined) return waiting;
  const unless = readInVain(shape.unless, [...path, 'unless'], context);
  return unless === null ? null : { ...waiting, unless };
}

function readInVain(
  shape: { readonly that: string; readonly for: string; readonly otherwise: string; readonly next: string },
  path: Path,
  context: StepContext,
): InVain | null {
  const { front, scope, faults } = context;
  const that = conditionAt(shape.that, [...path, 'that'], scope, front, faults);
  const forMs = durationAt(shape.for, [...path, 'for'], context);
  if (that === null || forMs === null) return null;
  const { otherwise, next } = shape;
  if (!next.startsWith('esr-ops '))
    faults.add('next', front.at([...path, 'next']), 'What to type next is a command: it begins with `esr-ops `.');
  return { that, forMs, otherwise, next };
}

function readCheck(value: object, path: Path, context: StepContext): BareStep | null {
  const { front, scope, faults } = context;
  const shape = checkShape(shapes.check, front, value, path, faults);
  if (shape === null) return null;
  const that = conditionAt(shape.check, [...path, 'check'], scope, front, faults);
  const when = readWhen(shape.when, path, context);
  const { id, otherwise, unmet = 'stop' } = shape;
  return that === null ? null : { kind: 'check', id, when, that, otherwise, unmet };
}

function readManual(value: object, path: Path, context: StepContext): BareStep | null {
  const shape = checkShape(shapes.manual, context.front, value, path, context.faults);
  if (shape === null) return null;
  const when = readWhen(shape.when, path, context);
  return { kind: 'manual', id: shape.id, when, risk: shape.risk ?? 'routine', ask: shape.manual };
}

function readWhen(source: string | undefined, path: Path, { scope, front, faults }: StepContext): Condition | null {
  return source === undefined ? null : conditionAt(source, [...path, 'when'], scope, front, faults);
}

function durationAt(text: string, path: Path, { front, faults }: StepContext): number | null {
  const ms = parseDuration(text);
  if (ms === null)
    faults.add(
      'duration',
      front.at(path),
      `\`${text}\` is not a duration such as 5s, 10m or 1h (more than 0, up to 24h).`,
    );
  return ms;
}

import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact, FactReadings } from '../../../src/core/facts.ts';
import { readCondition } from '../../../src/runbook/condition-source.ts';
import { evaluate, type Evaluation } from '../../../src/runbook/condition.ts';
import { maskHyphens } from '../../../src/runbook/mask-hyphens.ts';
import type { Scope } from '../../../src/runbook/scope.ts';

const states = ['running', 'down', 'absent'];
const types = {
  'v.state': 'string',
  'v.other': 'string',
  'v.n': 'int',
  'v.m': 'int',
  'v.a': 'bool',
  'v.b': 'bool',
} as const;
type FactName = keyof typeof types;
const scope: Scope = {
  names: new Map(
    Object.entries(types).map(([name, type]) => [
      name,
      { from: 'fact', type, mayBeUnset: false, ...(name === 'v.state' ? { values: states } : {}) },
    ]),
  ),
  steps: new Map(),
};

/** Every value that matters: with numbers compared to literals from 0 to 3, none beyond -1 and 4 makes a difference. */
const domains: Record<FactName, readonly (string | number | boolean)[]> = {
  'v.state': states,
  'v.other': [...states, 'something else'],
  'v.n': [-1, 0, 1, 2, 3, 4],
  'v.m': [-1, 0, 1, 2, 3, 4],
  'v.a': [true, false],
  'v.b': [true, false],
};

const quoted = fc.constantFrom(...states).map((state) => `'${state}'`);
const equality = fc.constantFrom('==', '!=');
const order = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
const number = fc.oneof(fc.constantFrom('v.n', 'v.m'), fc.integer({ min: 0, max: 3 }).map(String));
const { source: sources } = fc.letrec<{ source: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('v.a', 'v.b', 'true', 'false'),
    fc
      .tuple(fc.constantFrom('v.state', 'v.other'), equality, fc.oneof(quoted, fc.constant('v.other')))
      .map((parts) => parts.join(' ')),
    fc.tuple(number, order, number).map((parts) => parts.join(' ')),
  ),
  source: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('leaf'),
    fc.tuple(tie('source'), fc.constantFrom('&&', '||'), tie('source')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
    fc
      .tuple(tie('leaf'), fc.constantFrom('&&', '||'), tie('leaf'), fc.constantFrom('&&', '||'), tie('leaf'))
      .map((parts) => parts.join(' ')),
    tie('source').map((source) => `!(${source})`),
    fc.tuple(tie('source'), equality, tie('source')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
  ),
}));

const readings = fc.record(
  Object.fromEntries(
    Object.entries(domains).map(([name, values]) => [
      name,
      fc
        .oneof(fc.constant(null), fc.constantFrom(...values))
        .map((value): Fact => (value === null ? { known: false, why: `no ${name}` } : { known: true, value })),
    ]),
  ),
);

function run(source: string, facts: FactReadings): Evaluation {
  const reading = readCondition(source, scope);
  if ('faults' in reading) throw new Error(`${source}: ${reading.faults[0]?.message ?? ''}`);
  return evaluate(reading, facts);
}

/** What CEL itself says with every fact known. */
const cel = new Environment({ unlistedVariablesAreDyn: false }).registerVariable('v', {
  schema: { state: 'string', other: 'string', n: 'int', m: 'int', a: 'bool', b: 'bool' },
});

/** Evaluates by CEL, which wants whole numbers as BigInt. */
function celOf(source: string): (values: Readonly<Record<string, string | number | boolean>>) => boolean {
  const parsed = cel.parse(source);
  return (values) => {
    const fields = Object.entries(values).map(([name, value]) => [
      name.slice(2),
      typeof value === 'number' ? BigInt(value) : value,
    ]);
    return parsed({ v: Object.fromEntries(fields) as unknown }) as boolean;
  };
}

function byCel(source: string, values: Readonly<Record<string, string | number | boolean>>): boolean {
  expect(cel.check(source)).toMatchObject({ valid: true, type: 'bool' });
  return celOf(source)(values);
}

/** Every way in which the unknown facts of the source could turn out. */
function* completions(source: string, facts: FactReadings): Generator<Record<string, string | number | boolean>> {
  const choices = Object.entries(domains).map(([name, values]): [string, readonly (string | number | boolean)[]] => {
    const fact = facts[name]!;
    return [name, fact.known ? [fact.value] : source.includes(name) ? values : values.slice(0, 1)];
  });
  const total = choices.reduce((product, [, values]) => product * values.length, 1);
  for (let index = 0; index < total; index += 1) {
    let rest = index;
    yield Object.fromEntries(
      choices.map(([name, values]) => {
        const value = values[rest % values.length]!;
        rest = Math.floor(rest / values.length);
        return [name, value];
      }),
    );
  }
}

describe('evaluation', () => {
  test('what is known is what CEL says for every way in which the unknown could turn out', () => {
    fc.assert(
      fc.property(sources, readings, (source, facts) => {
        const result = run(source, facts);
        const asked = celOf(source);
        if (!result.known) {
          expect(result.why).toMatch(/^v\.\w+ is not known: no v\.\w+$/u);
          return;
        }
        let tried = 0;
        for (const values of completions(source, facts)) {
          tried += 1;
          if (tried > 300) break;
          expect(asked(values)).toBe(result.holds);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('where each fact stands once and all completions agree, the result is known', () => {
    const leaves = fc.shuffledSubarray(
      ['v.a', '!v.b', "v.state == 'down'", "v.other != 'down'", 'v.n >= 1', '2 < v.m', 'true', 'false'],
      { minLength: 1 },
    );
    const once = fc.tuple(leaves, fc.infiniteStream(fc.tuple(fc.constantFrom('&&', '||'), fc.boolean(), fc.boolean())));
    fc.assert(
      fc.property(once, readings, ([parts, stream], facts) => {
        const source = parts.reduce((sofar, leaf) => {
          const [op, swap, not] = stream.next().value as [string, boolean, boolean];
          const both = swap ? `(${leaf}) ${op} (${sofar})` : `(${sofar}) ${op} (${leaf})`;
          return not ? `!(${both})` : both;
        });
        const asked = celOf(source);
        const results = new Set<unknown>();
        for (const values of completions(source, facts)) {
          results.add(asked(values));
          if (results.size === 2) break;
        }
        expect(run(source, facts).known).toBe(results.size === 1);
      }),
      { numRuns: 300 },
    );
  });

  test('an expression that passes here passes the type check of CEL', () => {
    fc.assert(
      fc.property(sources, (source) => {
        const first = Object.fromEntries(Object.entries(domains).map(([name, [value]]) => [name, value!]));
        expect(run(source, asFacts(first))).toEqual({ known: true, holds: byCel(source, first) });
      }),
    );
  });

  test('a fact that was not read, or read as another type, is unknown and never false', () => {
    expect(run('v.a', {})).toEqual({ known: false, why: 'v.a has not been read' });
    expect(run('v.n > 1', { 'v.n': { known: true, value: '5' } })).toMatchObject({ known: false });
    expect(run('v.n > 1', { 'v.n': { known: true, value: Number.NaN } })).toMatchObject({ known: false });
    expect(run('v.a', { 'v.a': { known: true, value: 'true' } })).toMatchObject({ known: false });
    const inherited = Object.create({ 'v.a': { known: true, value: true } }) as FactReadings;
    expect(run('v.a', inherited)).toMatchObject({ known: false });
  });

  test('unknown beside what decides anyway does not matter, on either side', () => {
    const facts: FactReadings = { 'v.a': { known: false, why: 'why' }, 'v.b': { known: true, value: false } };
    expect(run('v.a && v.b', facts)).toEqual({ known: true, holds: false });
    expect(run('v.b && v.a', facts)).toEqual({ known: true, holds: false });
    expect(run('v.a || !v.b', facts)).toEqual({ known: true, holds: true });
    expect(run('v.b || v.a', facts)).toEqual({ known: false, why: 'v.a is not known: why' });
  });
});

test('hyphens within names are names, those within texts are texts', () => {
  const names = new Map(scope.names).set('inputs.force-it', { from: 'input', type: 'string', mayBeUnset: false });
  const reading = readCondition("inputs.force-it == 'a-b' && v.n > -1 && 'it\\'s-x' != r'a-x'", { ...scope, names });
  if ('faults' in reading) throw new Error(reading.faults[0]?.message);
  expect(reading.facts).toEqual(['inputs.force-it', 'v.n']);
  const facts = { 'inputs.force-it': { known: true, value: 'a-b' }, 'v.n': { known: true, value: 0 } } as const;
  expect(evaluate(reading, facts)).toEqual({ known: true, holds: true });
});

test('any text is either a condition or has faults within it', () => {
  const words = fc.constantFrom(
    'v.a',
    'v.n',
    "'x",
    '"',
    'r"',
    '(',
    ')',
    '&&',
    '||',
    '!',
    '==',
    '<',
    '-',
    '1',
    '0x',
    'in',
    '[',
    '{',
    '?',
    ':',
    '.',
    '"""',
    '//',
    'has(',
    '\\',
    '\n',
    '\u{1F600}',
    'v.l.map(x, x)',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' ')),
        fc.string({ unit: 'binary', maxLength: 40 }),
      ),
      (source) => {
        const reading = readCondition(source, scope);
        if (!('faults' in reading)) return;
        expect(reading.faults.length).toBeGreaterThan(0);
        for (const { start, end } of reading.faults) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(source.length);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('masking hyphens never touches a text', () => {
  const words = fc.constantFrom("'", '"', "'''", '"""', 'r', '\\', 'a-b', '-', ' == ', '//', '\n', "'a-b'");
  fc.assert(
    fc.property(fc.array(words, { maxLength: 10 }), (parts) => {
      const source = parts.join('');
      const masked = maskHyphens(source);
      expect(masked).toHaveLength(source.length);
      for (const { start, end } of textsIn(masked)) expect(masked.slice(start, end)).toBe(source.slice(start, end));
    }),
    { numRuns: 5000 },
  );
});

function textsIn(source: string): readonly ASTNode[] {
  try {
    return valuesOf(new Environment().parse(source).ast);
  } catch {
    return [];
  }
}

function valuesOf(node: ASTNode): readonly ASTNode[] {
  if (node.op === 'value') return [node];
  const parts: readonly unknown[] = [node.args].flat(2);
  return parts
    .filter((part) => typeof part === 'object' && part !== null && 'op' in part)
    .flatMap((part) => valuesOf(part as ASTNode));
}

test('deep and long conditions are refused', () => {
  for (const source of [`${'('.repeat(900)}v.a${')'.repeat(900)}`, `${'!'.repeat(1900)}v.a`, 'v.a || '.repeat(400)])
    expect(readCondition(source, scope)).toHaveProperty('faults');
});

function asFacts(values: Readonly<Record<string, string | number | boolean>>): FactReadings {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { known: true, value }]));
}

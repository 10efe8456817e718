import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/fault.ts';
import { loadRunbook } from '../../../src/runbook/load.ts';
import { cases } from '../../hostile/fuzzing.ts';
import { catalogue, sample } from './sample.ts';

/** Loads, and accepts a runbook or a Fault of the right kind; anything else is thrown on. */
function survives(text: string): Fault | null {
  try {
    loadRunbook('hostile.md', text, catalogue);
    return null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const lines = text.split('\n');
    for (const { code, where, details, exit } of error.problems) {
      expect(code).toMatch(/^runbook\.[a-z-]+$/u);
      expect(exit).toBe('usage');
      const [, line, column] = /^hostile\.md:(\d+):(\d+)$/u.exec(where ?? '') ?? [];
      const { line: shown, caret } = details as { line: string; caret: number };
      expect(shown).toBe(lines[Number(line) - 1]?.replace(/\r$/u, ''));
      expect(caret).toBeLessThanOrEqual(Number(column) - 1);
    }
    return error;
  }
}

const snippet = fc.oneof(
  fc.constantFrom(
    '---',
    '\n',
    '${',
    '}',
    '"',
    "'",
    '- ',
    '? ',
    ': ',
    '{',
    '[',
    ']',
    '&a ',
    '*a',
    '!!map ',
    '|\n',
    '>\n',
    '#',
    '## ',
    '```\n',
    '\r',
    '\t',
    '\u0000',
    '\uFEFF',
    '\u2028',
    '__proto__: ',
    'constructor',
    'null',
    '~',
    '\u{1F600}',
    '\uD800',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);

test('a runbook that is changed anywhere in any way gives a runbook or faults, never anything else', () => {
  const change = fc.tuple(fc.nat(sample.length), fc.nat(12), snippet);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      survives(changes.reduce((text, [at, drop, put]) => text.slice(0, at) + put + text.slice(at + drop), sample));
    }),
    cases(1000),
  );
});

test('random front matter gives faults', () => {
  fc.assert(
    fc.property(fc.array(snippet, { maxLength: 40 }), (parts) => {
      expect(survives(`---\n${parts.join('')}\n---\n`)).toBeInstanceOf(Fault);
    }),
    cases(1000),
  );
});

test('lines removed, doubled and swapped give a runbook or faults', () => {
  const lines = sample.split('\n');
  fc.assert(
    fc.property(
      fc.nat(lines.length - 1),
      fc.nat(lines.length - 1),
      fc.constantFrom('drop', 'double', 'swap'),
      (a, b, how) => {
        const copy = [...lines];
        if (how === 'drop') copy.splice(a, 1);
        else if (how === 'double') copy.splice(b, 0, lines[a]!);
        else [copy[a], copy[b]] = [lines[b]!, lines[a]!];
        survives(copy.join('\n'));
      },
    ),
    cases(500),
  );
});

const bombs: readonly (readonly [name: string, yaml: string])[] = [
  [
    'aliases that multiply',
    `a: &a [x, x]\n${Array.from('bcdefghijk')
      .map((key, at) => `${key}: &${key} [*${'abcdefghij'[at]!}, *${'abcdefghij'[at]!}]`)
      .join('\n')}`,
  ],
  ['an alias to itself', 'a: &a\n  b: *a'],
  ['deep flow lists', '['.repeat(60_000)],
  ['deep flow mappings', '{a: '.repeat(15_000)],
  ['deep block lists', '- '.repeat(30_000)],
  ['deep explicit keys', '? '.repeat(30_000)],
  ['deep mappings on one line', 'a: '.repeat(20_000)],
  ['deep mappings by indentation', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  [
    'lists within mappings',
    Array.from({ length: 60 }, (_, depth) => `${'  '.repeat(depth)}a:\n${'  '.repeat(depth)}- - - - - - b:`).join('\n'),
  ],
  ['merge keys', 'a: &a {x: 1}\nb:\n  <<: *a'],
  ['a prototype', '__proto__: { command: a }\ninputs: { __proto__: { type: string, help: x } }'],
  ['many faults', Array.from({ length: 2500 }, (_, at) => `k${at}: 1`).join('\n')],
  ['an open quote', `"${'a'.repeat(60_000)}`],
  ['too long', `a: ${'b'.repeat(70_000)}`],
  ['many lines', '- a\n'.repeat(16_000)],
  ['two documents', 'a: 1\n...\nb: 2'],
];

test.each(bombs)('%s are refused within the time-out of a test', (_, yaml) => {
  const fault = survives(`---\n${yaml}\n---\n`);
  expect(fault).toBeInstanceOf(Fault);
  expect(fault!.problems.length).toBeLessThanOrEqual(50);
});

test('a megabyte of headings or open fences is read within the time-out of a test', () => {
  for (const filling of ['## x\n', '```\n', ' \n', '#', '## a — \n\n', '## ', '## x # #']) {
    survives(sample + filling.repeat(Math.floor(900_000 / filling.length)));
  }
});

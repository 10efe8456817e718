import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/core/fault.ts';
import { createSymptomMatcher } from '../../../src/core/match-signatures.ts';
import { faultNames } from '../../../src/lab/faults.ts';
import { loadFolder } from '../../../src/runbook/folder.ts';
import { catalogue } from '../../../src/catalogue.ts';
import { readScenarios } from '../../../src/runbook/scenarios.ts';
import { readSignatures } from '../../../src/runbook/signatures.ts';

const root = join(import.meta.dirname, '../../..');
const file = join(root, 'runbooks/scenarios.yaml');
const { faults, scenarios } = readScenarios(file, await readFile(file, 'utf8'), faultNames);

describe('the built-in scenarios', () => {
  it('recover with commands that there are', async () => {
    const commands = (await loadFolder(join(root, 'runbooks'), catalogue)).map(({ command }) => command);
    for (const { recovery } of scenarios)
      for (const { command } of recovery)
        expect(commands.filter((known) => `${command} `.startsWith(`${known} `))).not.toEqual([]);
  });
  it('name their faults by findings that probes have', async () => {
    const folder = join(root, 'src/probes');
    const sources = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
    const text = sources.join('');
    // Written out, or made from the place of a component: `${place}.stuck`.
    const isMade = (code: string) =>
      text.includes(`'${code}'`) || (/^(?:esr|etl)\./.test(code) && text.includes(`}.${code.split('.')[1] ?? ''}\``));
    const codes = Object.values(faults).flatMap(({ shownBy }) => shownBy);
    expect(codes.filter((code) => !isMade(code))).toEqual([]);
    expect(Object.values(faults).every(({ shownBy }) => shownBy.length > 0)).toBe(true);
  });
  it('have an alert of known errors or of a person, and hints that end with a command', async () => {
    const path = join(root, 'runbooks/signatures.yaml');
    const signatures = readSignatures(path, await readFile(path, 'utf8'));
    for (const { alert, hints, name } of scenarios) {
      const matcher = createSymptomMatcher(signatures);
      matcher.line(alert.text);
      const { matches } = matcher.reading('--symptom', alert.text.length, []);
      expect(matches.length > 0 || /colleague/.test(alert.from), name).toBe(true);
      expect(hints.length, name).toBeGreaterThan(2);
      expect(hints.at(-1), name).toMatch(/recover|esr-ops/);
    }
  });
});

describe('a file of scenarios', () => {
  const read = (text: string) => readScenarios('some.yaml', text, ['one', 'two']);
  const good = `version: 1
faults:
  one: { shownBy: [a.b] }
  two: { shownBy: [a.c, a.d], loses: [messages], load: 20s }
scenarios:
  - name: s
    meaning: m
    faults: [{ fault: one }, { fault: two, after: 1500ms, optional: true }]
    alert: { from: f, text: t }
    hints: [h]
    recovery: [{ command: recover cdc --since TIME, does: d }]
    end: [healthy]
`;
  it('is read with its defaults', () => {
    expect(read(good)).toEqual({
      faults: {
        one: { shownBy: ['a.b'], loses: [], loadMs: 3_000 },
        two: { shownBy: ['a.c', 'a.d'], loses: ['messages'], loadMs: 20_000 },
      },
      scenarios: [
        {
          name: 's',
          meaning: 'm',
          faults: [
            { fault: 'one', afterMs: 0, optional: false },
            { fault: 'two', afterMs: 1_500, optional: true },
          ],
          needs: [],
          instead: [],
          alert: { from: 'f', text: 't' },
          hints: ['h'],
          recovery: [{ command: 'recover cdc --since TIME', does: 'd' }],
          end: ['healthy'],
        },
      ],
    });
  });
  it.each([
    ['an unknown fault', good.replace('{ fault: one }', '{ fault: three }'), 'some.yaml:8', /no fault three/],
    ['a fault that nothing is said of', good.replace(/ {2}two: .*\n/, ''), 'some.yaml:3', /two shows itself/],
    ['a moment that is none', good.replace('1500ms', 'soon'), 'some.yaml:8', /length of time/],
    ['only what may be left out', good.replace('{ fault: one }, ', ''), 'some.yaml:8', /may be left out/],
    ['consent', good.replace('recover cdc', 'recover cdc --yes'), 'some.yaml:11', /consent/],
    ['a condition that is none', good.replace('[healthy]', '[well]'), 'some.yaml:12', /end\.0/],
    ['no YAML', 'faults: [', 'some.yaml', /not YAML/],
  ])('with %s is refused, with its line', (_, text, where, message) => {
    let thrown: unknown;
    try {
      read(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Fault);
    const [problem] = (thrown as Fault).problems;
    expect(problem.where).toBe(where);
    expect(problem.message).toMatch(message);
  });
});

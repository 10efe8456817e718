import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { debriefOf, endIsAsWanted, type CountedTruth, type DebriefParts } from '../../../src/core/debrief.ts';
import type { RehearsalRecord, RehearsedCommand } from '../../../src/core/rehearsal.ts';
import type { Scenario } from '../../../src/core/scenario.ts';

const scenario: Scenario = {
  name: 'incident',
  meaning: 'm',
  faults: [{ fault: 'vhost-down', afterMs: 0, optional: false }],
  needs: [],
  instead: [],
  alert: { from: 'f', text: 't' },
  hints: ['h'],
  recovery: [{ command: 'recover vhost', does: 'd' }],
  end: ['healthy', 'messages-kept', 'changes-kept', 'twice-as-predicted'],
};
const traits: DebriefParts['traits'] = {
  'vhost-down': { shownBy: ['vhost.down'], loses: ['messages'], loadMs: 3_000 },
  'cdc-down': { shownBy: ['maxwell.stopped'], loses: [], loadMs: 3_000 },
};
const kept: CountedTruth = {
  messages: { lost: 0, deliveredTwice: 0 },
  changes: { lost: 0, deliveredTwice: 3 },
  loads: null,
  predicted: { atLeast: 1, atMost: 5 },
};
const command = (at: number, parts: Partial<RehearsedCommand>): RehearsedCommand => ({
  event: 'command',
  at,
  beganMs: at - 1,
  command: 'status',
  dryRun: false,
  exit: 'done',
  run: null,
  saw: null,
  problems: [],
  ...parts,
});
const look = (at: number, causes: readonly string[], all = causes): RehearsedCommand =>
  command(at, { exit: causes.length === 0 ? 'done' : 'findings', saw: { causes, all } });
const began: readonly RehearsalRecord[] = [
  { event: 'began', at: 10, scenario: 'incident', environment: 'lab', incident: 'I', auto: false, suffix: '' },
  { event: 'broken', at: 20, fault: 'cdc-down', evidence: 'e' },
  { event: 'broken', at: 30, fault: 'vhost-down', evidence: 'e' },
  { event: 'left-out', at: 30, fault: 'container-dead', why: 'no engine' },
  { event: 'alerted', at: 100 },
];
const parts = (records: readonly RehearsalRecord[], more: Partial<DebriefParts> = {}): DebriefParts => ({
  scenario,
  traits,
  records: [...began, ...records],
  runs: [],
  truth: kept,
  ...more,
});

describe('a debrief', () => {
  it('times from the alert, by the look that put an injected cause first', () => {
    const made = debriefOf(
      parts([
        look(150, ['queues.consumers-missing'], ['queues.consumers-missing']),
        { event: 'hinted', at: 180, position: 1 },
        look(200, ['vhost.down'], ['vhost.down', 'maxwell.stopped']),
        command(400, { command: 'recover vhost', run: 'r1', beganMs: 250 }),
        look(450, []),
        { event: 'ended', at: 500, how: 'healthy' },
      ]),
    );
    expect(made).toMatchObject({
      how: 'healthy',
      toDiagnoseMs: 100,
      toActMs: 150,
      toRecoverMs: 400,
      hints: 1,
      commands: 4,
      wrongTurns: [],
      gaps: [],
      leftOut: [{ fault: 'container-dead', why: 'no engine' }],
    });
    expect(made.faults).toEqual([
      { fault: 'cdc-down', namedAfterMs: 100 },
      { fault: 'vhost-down', namedAfterMs: 100 },
    ]);
    expect(endIsAsWanted(made)).toBe(true);
  });
  it('names wrong turns: refused, failed, and without effect on what was found', () => {
    const { wrongTurns } = debriefOf(
      parts([
        look(110, ['vhost.down']),
        command(120, { command: 'recover vhost', exit: 'declined', problems: ['consent.missing'] }),
        command(130, { command: 'recover vhost', run: null, dryRun: true, exit: 'blocked' }),
        command(140, { command: 'cdc restart', run: 'r1' }),
        look(150, ['vhost.down']),
        command(160, { command: 'vhost restart', run: 'r2', exit: 'failed', problems: ['x.y'] }),
        look(170, ['vhost.down']),
        command(180, { command: 'recover vhost', run: 'r3', exit: 'unverified' }),
        look(190, []),
      ]),
    );
    expect(wrongTurns.map(({ command: typed, is }) => [typed, is])).toEqual([
      ['recover vhost', 'refused'],
      ['recover vhost', 'refused'],
      ['cdc restart', 'no-effect'],
      ['vhost restart', 'failed'],
    ]);
  });
  it('marks what is not recorded, and guesses nothing', () => {
    const { gaps, toDiagnoseMs, toRecoverMs, how, wrongTurns } = debriefOf(
      parts([command(140, { command: 'recover vhost', run: 'r1' })], {
        runs: [
          { run: 'r0', command: 'vhost capture', beganMs: 5 },
          { run: 'r1', command: 'recover vhost', beganMs: 139 },
          { run: 'r2', command: 'recover cdc', beganMs: 200 },
        ],
      }),
    );
    expect([toDiagnoseMs, toRecoverMs, how, wrongTurns]).toEqual([null, null, 'cut-off', []]);
    expect(gaps).toEqual([
      expect.stringMatching(/No status or diagnose/),
      expect.stringMatching(/cut off: how it ended/),
      expect.stringMatching(/recover cdc \(r2\)/),
      expect.stringMatching(/recover vhost .* nobody looked after it/),
    ]);
    const [unalerted] = debriefOf({ ...parts([]), records: [] }).gaps;
    expect(unalerted).toMatch(/alert/);
  });
  it('excuses what a fault takes away for good, and nothing else', () => {
    const lost = { ...kept, messages: { lost: 2, deliveredTwice: 0 }, changes: { lost: 1, deliveredTwice: 9 } };
    const made = debriefOf(parts([{ event: 'ended', at: 500, how: 'healthy' }], { truth: lost }));
    expect(made.end).toEqual([
      { that: 'healthy', met: true, excused: null },
      { that: 'messages-kept', met: false, excused: 'vhost-down' },
      { that: 'changes-kept', met: false, excused: null },
      { that: 'twice-as-predicted', met: false, excused: null },
    ]);
    expect(endIsAsWanted(made)).toBe(false);
  });
  it('never has a negative time, whatever was recorded', () => {
    const record = fc.oneof(
      fc.nat(1_000).map((at): RehearsalRecord => ({ event: 'alerted', at })),
      fc.nat(1_000).map((at): RehearsalRecord => ({ event: 'ended', at, how: 'healthy' })),
      fc.tuple(fc.nat(1_000), fc.subarray(['vhost.down', 'maxwell.stopped'])).map(([at, causes]) => look(at, causes)),
      fc
        .tuple(fc.nat(1_000), fc.constantFrom('done', 'failed', 'declined'))
        .map(([at, exit]) => command(at, { run: exit === 'declined' ? null : 'r', exit })),
    );
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const { toDiagnoseMs, toActMs, toRecoverMs, faults, wrongTurns } = debriefOf(parts(records));
        const times = [toDiagnoseMs, toActMs, toRecoverMs, ...faults.map(({ namedAfterMs }) => namedAfterMs)];
        expect(times.every((ms) => ms === null || ms >= 0)).toBe(true);
        expect(wrongTurns.length).toBeLessThanOrEqual(records.length);
      }),
    );
  });
});

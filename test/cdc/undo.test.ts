import { describe, expect, it } from 'vitest';
import { undoReset } from '../../src/actions/undo-reset.ts';
import type { BinlogPosition } from '../../src/core/binlog-position.ts';
import type { ActionContext } from '../../src/core/action.ts';
import type { MaxwellReset } from '../../src/core/change.ts';
import type { RunState } from '../../src/core/fold.ts';
import type { MaxwellStatus } from '../../src/core/maxwell-status.ts';
import type { CdcReaders } from '../../src/core/ports-cdc.ts';
import { samplePlan } from '../support/sample-plan.ts';

/* What going back means, for each place that Maxwell can be at by then. The log and the row are told of here. */

const file = 'mysql-bin.000007';
const old = { file, offset: 700 };
const target = { file, offset: 300, gtidSet: null, heartbeat: 3_000 };

interface Told {
  /** Where Maxwell's row is now; null: there is none. */
  readonly now: BinlogPosition | null;
  readonly heartbeat?: number;
  readonly was?: MaxwellReset['was'];
  readonly to?: MaxwellReset['to'];
  /** Another run that set the position, and where to. */
  readonly other?: BinlogPosition;
  readonly accept?: boolean;
  readonly readable?: boolean;
  readonly unsettled?: boolean;
  readonly run?: string;
}

const reset = (to: BinlogPosition, was: MaxwellReset['was']): MaxwellReset => ({
  kind: 'maxwell.reset',
  clientId: 'maxwell',
  serverId: 1,
  was,
  to: { ...target, ...to },
  expect: { rows: 0, twice: { atLeast: 0, atMost: 0 }, never: { atLeast: 0, atMost: 0 } },
  undoes: null,
});

async function undo(told: Told) {
  const was = { serverId: 1, clientId: 'maxwell', position: old, gtidSet: null, lastHeartbeatRead: 7_000 };
  const changes: Record<string, MaxwellReset | null> = {
    mine: reset(told.to ?? target, told.was === undefined ? was : told.was),
    other: told.other === undefined ? null : reset(told.other, was),
    nothing: null,
  };
  const asked: unknown[] = [];
  const readers = {
    maxwell: {
      place: (start: unknown) => {
        asked.push(start);
        const schema = { chosen: {}, later: [], warnings: [] };
        return Promise.resolve({ ...old, gtidSet: null, heartbeat: 7_000, schema, why: [], warnings: [] });
      },
      preview: (window: unknown) => {
        asked.push(window);
        return Promise.resolve({ rows: 42 });
      },
    },
  } as unknown as CdcReaders;
  const status = {
    stored: told.now === null ? null : { position: told.now, lastHeartbeatRead: told.heartbeat ?? 3_000 },
    positionReadable: told.readable ?? true,
  } as unknown as MaxwellStatus;
  const state = (change: MaxwellReset | null): RunState =>
    ({
      started: { plan: { command: 'vhost capture' } },
      steps: new Map([
        [
          'reset',
          {
            changes:
              change === null ? [] : [{ change, state: { is: told.unsettled === true ? 'unknown' : 'applied' } }],
          },
        ],
      ]),
    }) as unknown as RunState;
  const context = {
    environment: { name: 'test' },
    signal: new AbortController().signal,
    readers: {
      runs: {
        list: () => Promise.resolve(Object.entries(changes).map(([run, change]) => ({ run, state: state(change) }))),
        read: (run: string) => Promise.resolve(journalOf(changes[run] ?? null, told.unsettled === true)),
      },
    },
  } as unknown as ActionContext;
  return { ...(await undoReset(readers, told.run ?? 'mine', status, told.accept ?? false, context)), asked };
}

function journalOf(change: MaxwellReset | null, unsettled: boolean) {
  const plan = samplePlan();
  const step = plan.steps[0]?.id ?? '';
  const entries = [
    { type: 'run.started', plan, given: { yes: true, confirm: [], did: {} } },
    ...(change === null
      ? []
      : [
          { type: 'step.approved', step, changes: [change], how: 'flag', tokens: [] },
          { type: 'change.intended', step, index: 0, change },
          unsettled
            ? {
                type: 'change.failed',
                step,
                index: 0,
                certain: false,
                problem: { code: 'x', message: 'x', exit: 'unknown' },
              }
            : { type: 'change.applied', step, index: 0, evidence: [], output: {} },
        ]),
  ];
  return { records: entries.map((entry, seq) => ({ seq, at: '2026-11-20T00:00:00.000Z', entry })) } as never;
}

const codes = (blockers: readonly { readonly code: string }[]): readonly string[] => blockers.map(({ code }) => code);

describe('undoing a replay', () => {
  it('whose row still is what it wrote: leaves out what lies between, counted in the log', async () => {
    const { skips, blockers, notes, place, asked } = await undo({ now: target });
    expect([skips, blockers, place]).toEqual([42, [], expect.objectContaining({ ...old, heartbeat: 7_000 })]);
    expect(notes.join('\n')).toContain('still is what run mine wrote');
    expect(notes.join('\n')).toContain('published before run mine');
    expect(asked).toEqual(
      [
        { position: old, stored: true, heartbeat: 7_000 },
        { from: target, untilMs: null, upTo: old, allConsumed: false },
      ].map((one) => expect.objectContaining(one) as unknown),
    );
  });

  it('that Maxwell is in the middle of: the same from where it is', async () => {
    const now = { file, offset: 500 };
    const { skips, notes, asked } = await undo({ now, heartbeat: 5_000 });
    expect([skips, asked[1]]).toEqual([42, expect.objectContaining({ from: now, upTo: old })]);
    expect(notes.join('\n')).toContain('Maxwell went on since');
  });

  it('that is over is refused: what was sent can not be called back', async () => {
    const { blockers } = await undo({ now: { file, offset: 900 } });
    expect(codes(blockers)).toEqual(['maxwell.undo-finished']);
    expect(blockers[0]?.message).toContain('esr-ops maxwell reset --to mysql-bin.000007:700');
    expect(blockers[0]?.remedies).toEqual([]);
  });

  it('that is over and set forward is a replay of what was left out', async () => {
    const { blockers, skips } = await undo({ now: { file, offset: 900 }, to: { ...target, offset: 800 } });
    expect([blockers, skips]).toEqual([[], 0]);
  });

  it('is nothing to do where the row is the old one already', async () => {
    expect((await undo({ now: old })).done).toBe(true);
  });

  it('is not proven where the old position was set by another run, unless that is accepted', async () => {
    const { blockers } = await undo({ now: target, other: old });
    expect(codes(blockers)).toEqual(['maxwell.undo-unproven']);
    expect(blockers[0]?.message).toContain('set by run other');
    expect(blockers[0]?.remedies[0]?.flag).toBe('--accept-gap');
    expect((await undo({ now: target, other: old, accept: true })).blockers).toEqual([]);
  });

  it('is not proven where what lies between was purged', async () => {
    expect(codes((await undo({ now: target, readable: false })).blockers)).toEqual(['maxwell.undo-unproven']);
  });

  it('is blocked where Maxwell has no position any more', async () => {
    expect(codes((await undo({ now: null })).blockers)).toEqual(['maxwell.undo-unknown']);
  });

  it.each([
    ['a run that set nothing names those that did', { now: target, run: 'nothing' }, 'These did: mine'],
    ['a run that found no position', { now: target, was: null }, 'there is none to go back to'],
    ['a run whose outcome is not known', { now: target, unsettled: true }, 'is not known yet'],
  ] as const)('%s', async (_name, told, message) => {
    await expect(undo(told)).rejects.toThrow(message);
  });
});

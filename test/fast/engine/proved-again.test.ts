import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/core/fault.ts';
import { fold, isSettled } from '../../../src/core/fold.ts';
import { doing, engine, runbook, simulatedWorld, type EngineOptions } from './engine.ts';

const book = runbook([doing('a', 'shut', 'u1'), doing('b', 'remove', 'v1')]);

/** Carries out until the process dies right after the first effect is on disk, before it is proved. */
async function cutOff(options: EngineOptions = {}) {
  let alive = true;
  const world = simulatedWorld();
  const made = engine({
    ...options,
    world,
    afterAppend: (entry) => {
      if (alive && entry.type === 'change.applied') {
        alive = false;
        throw new Fault({ code: 'journal.killed', message: 'killed', exit: 'failed' });
      }
    },
  });
  const plan = await made.plan(book);
  await expect(made.start(book, plan)).rejects.toThrow();
  expect(world.effects).toHaveLength(1);
  return { ...made, types: () => made.records.map(({ entry }) => entry.type) };
}

describe('a change that was made by a process that died before it was proved', () => {
  it('is proved by the resume before anything else is done', async () => {
    const run = await cutOff();
    expect(fold(run.records).unproved).toEqual({ step: 'a', index: 0, cutOff: false });
    const before = run.records.length;
    expect(await run.resume(book)).toMatchObject({ exit: 'done' });
    expect(run.types().slice(before, before + 3)).toEqual(['run.resumed', 'change.settled', 'step.finished']);
    expect(run.world.effects).toHaveLength(2);
    expect(fold(run.records).unproved).toBeNull();
  });

  it('ends the run when others undid it, says so, and is only made again by another resume', async () => {
    const run = await cutOff();
    run.world.users.add('u1');
    const end = await run.resume(book);
    expect(end).toMatchObject({ exit: 'failed', problems: [{ code: 'permission.withdraw.not-proved' }] });
    expect(end.summary).toContain('the run ended before it was proved, and reading it back now shows something else');
    expect(end.next.join()).toContain('a resume makes the change again');
    expect(run.world.effects).toHaveLength(1);
    expect(isSettled(fold(run.records))).toBe(false);

    expect(await run.resume(book)).toMatchObject({ exit: 'done' });
    expect(run.world.effects.map(({ kind }) => kind)).toEqual([
      'permission.withdraw',
      'permission.withdraw',
      'vhost.delete',
    ]);
  });

  it('is unknown where it can’t be read back', async () => {
    let blind = false;
    const run = await cutOff({
      applier: (double) => ({
        apply: (...args) => double.apply(...args),
        verify: (...args) => (blind ? Promise.reject(new Error('no answer')) : double.verify(...args)),
      }),
    });
    blind = true;
    expect(await run.resume(book)).toMatchObject({ exit: 'unknown' });
    expect(run.world.effects).toHaveLength(1);
    blind = false;
    expect(await run.resume(book)).toMatchObject({ exit: 'done' });
    expect(run.world.effects).toHaveLength(2);
  });

  it('stays unproved through notes and through a resume that was stopped before it came to it', async () => {
    const stop = new AbortController();
    const run = await cutOff({ stop });
    stop.abort();
    expect(await run.resume(book)).toMatchObject({ exit: 'interrupted' });
    const state = fold(run.records);
    expect(state.unproved).toEqual({ step: 'a', index: 0, cutOff: true });
    expect(isSettled(state)).toBe(false);
  });
});

it('is not proved twice when the run was stopped after the proof', async () => {
  const stop = new AbortController();
  const run = engine({ stop, afterAppend: (entry) => entry.type === 'change.applied' && stop.abort() });
  const plan = await run.plan(book);
  expect(await run.start(book, plan)).toMatchObject({ exit: 'interrupted' });
  expect(fold(run.records).unproved).toBeNull();
});

it('what its proof sees counts for later steps, where that is not what it said when it was made', async () => {
  const outputs: unknown[] = [];
  const run = engine({
    applier: (double) => ({
      apply: async (change, before) => {
        outputs.push(before);
        return { ...(await double.apply(change, before)), output: { started: true, reason: '' } };
      },
      verify: async (change, ...rest) => ({
        ...(await double.verify(change, ...rest)),
        output: change.kind === 'permission.withdraw' ? { started: false } : {},
      }),
    }),
  });
  const plan = await run.plan(book);
  expect(await run.start(book, plan)).toMatchObject({ exit: 'done' });
  expect(outputs.at(-1)).toMatchObject({ a: { started: false, reason: '' } });
  expect(run.records.filter(({ entry }) => entry.type === 'change.settled')).toHaveLength(1);
});

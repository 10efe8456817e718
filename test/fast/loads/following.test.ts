import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apply } from '../../../src/apply/load-follow.ts';
import type { World } from '../../../src/apply/world.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { Fault } from '../../../src/core/fault.ts';
import type { LoadJobState } from '../../../src/core/ports-loads.ts';
import { load, shippedEnvironment } from './samples.ts';

/** A world in which nothing can be seen of the host from one second to another; the clock runs as it is slept. */
function worldUnseen(from: number, until: number, signal = new AbortController().signal) {
  let nowMs = 0;
  const look = <T>(value: T): Promise<T> => {
    const second = nowMs / 1000;
    if (second < from || second >= until) return Promise.resolve(value);
    const unreachable = { code: 'host.dropped', message: 'the connection broke.', exit: 'unreachable' } as const;
    return Promise.reject(new Fault(unreachable));
  };
  const state = (): LoadJobState =>
    nowMs < 100_000
      ? { is: 'running', id: 'x', sinceMs: 0, where: 'there' }
      : { is: 'ended', id: 'x', exitCode: 0, endedMs: nowMs, where: 'there' };
  const world = {
    environment: { ...shippedEnvironment(), loadTypes: [load('long')] },
    readers: {
      clock: { now: () => nowMs, sleep: (ms: number) => Promise.resolve(void (nowMs += ms)) },
      loads: { jobs: { state: () => look(state()), log: () => look({ lines: [], next: '' }) } },
    },
    signal,
    host: { canAsk: false, say: () => undefined },
    progress: () => undefined,
  } as unknown as World;
  return { world, nowMs: () => nowMs };
}

const change = { kind: 'load.follow', loadType: 'long', date: '2019-10-17', id: 'x' } as const;

test('a host that is out of reach for less than a minute ends nothing; for longer, what is known is that nothing is', async () => {
  expect((await apply(change, worldUnseen(10, 65).world)).evidence).toEqual(['there has ended with exit code 0']);
  const lost = worldUnseen(10, 1_000);
  await expect(apply(change, lost.world)).rejects.toMatchObject({
    problems: [{ code: 'load.out-of-sight', exit: 'unreachable', details: { sent: true } }],
  });
  expect(lost.nowMs()).toBeGreaterThan(69_000);
  expect(lost.nowMs()).toBeLessThan(75_000);
  const stop = AbortSignal.abort();
  await expect(apply(change, worldUnseen(0, 1_000, stop).world)).rejects.toThrow('nothing was stopped');
});

test.each(['--rm', '--restart=always', '--name', '--restart'])(
  'the configuration may not choose %s for the container of a run',
  (option) => {
    const text = readFileSync(new URL('../../../runbooks/example-config.yaml', import.meta.url), 'utf8');
    expect(() => parseConfig(text, 'config.yaml')).not.toThrow();
    const changed = text.replace('options: [--network, tis,', `options: [${option}, tis,`);
    expect(changed).not.toBe(text);
    expect(() => parseConfig(changed, 'config.yaml')).toThrow('is chosen by esr-ops');
  },
);

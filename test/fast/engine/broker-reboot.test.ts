import { expect, test } from 'vitest';
import { apply, verify } from '../../../src/apply/broker-reboot.ts';
import type { World } from '../../../src/apply/world.ts';

interface Shown {
  readonly osPid: string;
  readonly uptimeMs: number;
}

/** A broker of one node that shows each of these in turn, and then the last one for ever; the clock runs as it is slept. */
function broker(shown: readonly Shown[]): World {
  let nowMs = 0;
  let asked = 0;
  const overview = () => {
    const node = shown[Math.min(asked++, shown.length - 1)];
    return Promise.resolve({ nodes: [{ name: 'a', running: true, ...node }] });
  };
  return {
    readers: {
      clock: { now: () => nowMs, sleep: (ms: number) => Promise.resolve(void (nowMs += ms)) },
      rabbit: { overview },
    },
    writers: { broker: { reboot: () => Promise.resolve({ evidence: [] }) } },
    signal: new AbortController().signal,
    progress: () => undefined,
  } as unknown as World;
}

const change = { kind: 'broker.reboot', broker: 'b', before: { a: '7' } } as const;
const old: Shown = { osPid: '7', uptimeMs: 600_000 };
const silent: Shown = { osPid: '', uptimeMs: 0 };

test.each([
  ['another process', [old, silent, { osPid: '8', uptimeMs: 900 }], 'applied', 'process 8, up for 1 s'],
  ['the same id in a container, and younger', [old, silent, { osPid: '7', uptimeMs: 2_000 }], 'applied', 'up for 2 s'],
  ['the same process all the time', [old, { osPid: '7', uptimeMs: 601_000 }], 'unknown', 'did not come back'],
  ['a node that says nothing of itself', [old, silent], 'unknown', 'did not come back'],
] as const)('%s', async (_what, shown, verdict, evidence) => {
  const world = broker(shown);
  const { output } = await apply(change, world);
  const found = await verify(change, world, output);
  expect(found.verdict).toBe(verdict);
  expect(found.evidence.join()).toContain(evidence);
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DrainOptions, DrainQueue } from '../../src/services/messages/drain-options.ts';
import { rabbitAccess } from '../support/rabbit-access.ts';

/** A folder for one drain, and a way to remove it. */
export async function drainFolder(): Promise<{ dir: string; remove(): Promise<void> }> {
  const parent = await mkdtemp(join(tmpdir(), 'esr-ops-drain-'));
  return { dir: join(parent, 'd'), remove: () => rm(parent, { recursive: true, force: true }) };
}

export function classic(name: string, change: Partial<DrainQueue> = {}): DrainQueue {
  return {
    name,
    kind: 'classic',
    exclusive: false,
    expected: null,
    expectedBytes: null,
    deliveryLimit: null,
    ...change,
  };
}

export function drainOptions(vhost: string, dir: string, change: Partial<DrainOptions> = {}): DrainOptions {
  return {
    access: rabbitAccess({ timeoutMs: 30_000 }),
    vhost,
    dir,
    queues: [classic('q')],
    reserveBytes: 0,
    clock: {
      now: () => Date.now(),
      sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    },
    ...change,
  };
}

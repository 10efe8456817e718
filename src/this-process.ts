import { hostname, userInfo } from 'node:os';
import type { Clock } from './core/ports.ts';

/** The system's clock. */
export const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    const { setTimeout: sleep } = await import('node:timers/promises');
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** Who runs this process, and where: for locks and records. */
export function operator(): { readonly user: string; readonly host: string; readonly pid: number } {
  return { user: userInfo().username, host: hostname(), pid: process.pid };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../core/fault.ts';

/** How long to ask, and how often. */
export interface Patience {
  /** Milliseconds after which waiting ends in a fault. */
  readonly atMostMs: number;
  /** Milliseconds between two questions; default 100. */
  readonly everyMs?: number;
}

/**
 * Asks until the answer is something, and returns it. An answer of undefined or false, and an error that is not a
 * fault, mean "not yet"; a fault ends the waiting at once. After the limit a fault names what was waited for and the
 * last error.
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  { atMostMs, everyMs = 100 }: Patience,
): Promise<T> {
  const deadline = performance.now() + atMostMs;
  let last = '';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      if (error instanceof Fault) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > deadline) {
      throw new Fault({
        code: 'lab.waited-in-vain',
        message: `Waited ${atMostMs / 1000} s for ${what}${last === '' ? '' : ` (last error: ${last})`}.`,
        exit: 'failed',
      });
    }
    await sleep(everyMs);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, type Problem } from '../core/fault.ts';

/** What a reading came to within its time. */
export type Seen<T> =
  | { readonly is: 'seen'; readonly value: T; readonly tookMs: number }
  | { readonly is: 'unseen'; readonly problem: Problem; readonly tookMs: number };

/**
 * Reads with a limit of its own, so that what hangs keeps nobody else waiting. Never rejects: a fault, a bug and a
 * time-out (`probe.timeout`) are all "not seen". The reading itself is left to whoever opened what it reads from.
 */
export async function limited<T>(what: string, limitMs: number, read: () => Promise<T>): Promise<Seen<T>> {
  const from = performance.now();
  const took = (): number => Math.round(performance.now() - from);
  const timer = new AbortController();
  const tooLong = sleep(limitMs, null, { signal: timer.signal }).then(() => {
    throw new Fault({
      code: 'probe.timeout',
      message: `${what.replace(/^the /, 'The ')} did not answer within ${limitMs / 1000} s.`,
      next: ['allow more with --timeout, such as --timeout 10s'],
      exit: 'unreachable',
    });
  });
  try {
    const value = await Promise.race([read(), tooLong]);
    return { is: 'seen', value, tookMs: took() };
  } catch (error) {
    return { is: 'unseen', problem: problemOf(error, what), tookMs: took() };
  } finally {
    timer.abort();
    await tooLong.catch(() => undefined);
  }
}

function problemOf(error: unknown, what: string): Problem {
  if (error instanceof Fault) return error.problems[0];
  return {
    code: 'bug',
    message: `${what} could not be looked at: ${error instanceof Error ? error.message : String(error)}`,
    next: ['report it, with what esr-ops prints with ESR_OPS_DEBUG=1'],
    exit: 'failed',
  };
}

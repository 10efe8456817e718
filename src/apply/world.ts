import type { Environment } from '../core/environment.ts';
import type { Capture, CaptureRef } from '../core/capture.ts';
import { Fault } from '../core/fault.ts';
import type { Host, Progress } from '../core/host.ts';
import type { StepOutputs } from '../core/journal.ts';
import type { Readers, Writers } from '../core/ports.ts';

/** What proving a change may look at. */
export interface Seen {
  readonly environment: Environment;
  readonly readers: Readers;
  readonly outputs: StepOutputs;
  readonly progress: (progress: Progress | null) => void;
}

/** What making a change may use. Nobody outside src/apply and the composition root sees writers. */
export interface World extends Seen {
  readonly run: string;
  /** The operator's stop: work of many parts ends at its next boundary. */
  readonly signal: AbortSignal;
  readonly writers: Writers;
  /** To say what long work tells, and to ask what becomes of it on Ctrl-C. */
  readonly host: Pick<Host, 'say' | 'ask' | 'canAsk'>;
}

/** Reads the capture that a change refers to back from disk, each file checked against its manifest. */
export async function captureOf(ref: CaptureRef, seen: Seen): Promise<Capture> {
  const id = ref.from === 'id' ? ref.id : seen.outputs[ref.step]?.['id'];
  if (typeof id === 'string') return await seen.readers.captures.load(id, 'with');
  throw new Fault({
    code: 'capture.none',
    message: `Step ${ref.from === 'step' ? ref.step : ref.id} has taken no capture, so nothing is destroyed on its strength.`,
    exit: 'blocked',
  });
}

/** How long the broker may take to bring a vhost up, ms: recovery of 179 queues was seen to take minutes. */
export const settleLimitMs = 180_000;

/** Reads every `everyMs` until `done` says so; null when the limit was reached first. */
export async function until<T>(
  seen: Seen,
  label: string,
  limitMs: number,
  read: () => Promise<T>,
  done: (value: T) => boolean,
): Promise<T | null> {
  const { clock } = seen.readers;
  const sinceMs = clock.now();
  for (let everyMs = 100; ; everyMs = Math.min(everyMs * 2, 2000)) {
    const value = await read();
    if (done(value)) {
      seen.progress(null);
      return value;
    }
    if (clock.now() - sinceMs > limitMs) {
      seen.progress(null);
      return null;
    }
    seen.progress({
      label,
      done: Math.round((clock.now() - sinceMs) / 1000),
      total: Math.round(limitMs / 1000),
      unit: 's',
      sinceMs,
    });
    await clock.sleep(everyMs);
  }
}

/** Null where its host or engine can't be reached for now: a connection that breaks says nothing of what is looked at. */
export async function orUnreached<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Fault && error.problems[0].exit === 'unreachable') return null;
    throw error;
  }
}

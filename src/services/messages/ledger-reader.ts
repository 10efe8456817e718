import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { damagedDrain } from './drain-fault.ts';
import { rangeSet } from './ranges.ts';

const ranges = z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()]));

/** One line of a ledger. `sending` is on disk before any of these records is sent, `done` after they were confirmed. */
export const ledgerLineSchema = z.union([
  z.strictObject({
    format: z.literal(1),
    drain: z.string(),
    vhost: z.string(),
    to: z.enum(['queue', 'exchange', 'death']),
  }),
  z.strictObject({ done: ranges, sending: ranges }),
  z.strictObject({ left: z.int().nonnegative(), why: z.enum(['returned', 'refused']), said: z.string() }),
]);

export type LedgerLine = z.output<typeof ledgerLineSchema>;

/** What a ledger says of the records of a drain. */
export interface LedgerReading {
  readonly head: { readonly drain: string; readonly vhost: string; readonly to: 'queue' | 'exchange' | 'death' } | null;
  readonly done: ReturnType<typeof rangeSet>;
  /** Announced: in a queue, lost on the way or not even sent. */
  readonly sending: ReturnType<typeof rangeSet>;
  /** How often a record was announced once more although it may have been in its queue already. */
  readonly repeats: number;
  /** Known not to be in a queue. */
  readonly left: ReadonlySet<number>;
  /** Octets of complete lines. */
  readonly bytes: number;
}

/** Reads a ledger; a torn last line is left out, any other damage is a Fault. A missing one is empty. */
export async function readLedger(path: string): Promise<LedgerReading> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const done = rangeSet();
  const sending = rangeSet();
  const left = new Set<number>();
  let repeats = 0;
  let head: LedgerReading['head'] = null;
  for (const [index, line] of whole.split('\n').slice(0, -1).entries()) {
    const entry = parse(line);
    if (entry === null || 'format' in entry !== (index === 0)) {
      throw damagedDrain(path, `line ${index + 1} is not what a restore writes`);
    }
    if ('format' in entry) head = entry;
    else if ('left' in entry) left.add(entry.left);
    else {
      done.add(entry.done);
      repeats += sending.add(entry.sending);
      // Sent once more: nothing is known of it again.
      for (const record of left) {
        if (!entry.sending.some(([from, to]) => from <= record && record <= to)) continue;
        left.delete(record);
        repeats -= 1;
      }
    }
  }
  return { head, done, sending, repeats, left, bytes: Buffer.byteLength(whole) };
}

function parse(line: string): LedgerLine | null {
  try {
    return ledgerLineSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

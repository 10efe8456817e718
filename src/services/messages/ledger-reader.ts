import { lstat } from 'node:fs/promises';
import * as z from 'zod';
import { readOwnFile } from '../captures/own-file.ts';
import { damagedDrain, diskTrouble } from './drain-fault.ts';
import { rangeSet, type Ranges } from './ranges.ts';

const ranges = z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()]));

/**
 * One line of a ledger. Each session begins with `session` (the boot of the machine it ran on, and how many messages
 * are ready in each queue that it goes to) and ends, other than by a crash, with `ended`. `sending` is on the disk before any of these records is sent. `sent` and `done` are handed to the system
 * before they are sent and after they were confirmed: they outlive the program, but not the machine.
 */
export const ledgerLineSchema = z.union([
  z.strictObject({
    format: z.literal(2),
    drain: z.string(),
    vhost: z.string(),
    to: z.enum(['queue', 'exchange', 'death']),
    into: z.string().nullable(),
  }),
  z.strictObject({ session: z.string(), ready: z.record(z.string(), z.int().nonnegative()) }),
  z.strictObject({ sending: ranges }),
  z.strictObject({ sent: ranges, done: ranges }),
  z.strictObject({ left: z.int().nonnegative(), why: z.enum(['returned', 'refused']), said: z.string() }),
  z.strictObject({ ended: z.enum(['done', 'failed']) }),
]);

export type LedgerLine = z.output<typeof ledgerLineSchema>;
export type LedgerHead = Extract<LedgerLine, { format: 2 }>;

/** What a ledger says of the records of a drain. */
export interface LedgerReading {
  readonly head: LedgerHead | null;
  readonly done: ReturnType<typeof rangeSet>;
  /** May be in a queue: sent, or announced by a session of which it is not known how far it came. */
  readonly sending: ReturnType<typeof rangeSet>;
  /** How often a record was sent once more although it may have been in its queue already. */
  readonly repeats: number;
  /** Known not to be in a queue. */
  readonly left: ReadonlySet<number>;
  /** By queue, ready messages before the first session that went to it sent anything. */
  readonly ready: ReadonlyMap<string, number>;
  /** Whether a session was cut off or failed. */
  readonly cut: boolean;
  /** Octets of complete lines. */
  readonly bytes: number;
}

interface Session {
  readonly boot: string;
  readonly sending: Ranges[];
  readonly sent: Ranges[];
  readonly left: number[];
  ended: 'done' | 'failed' | null;
}

/**
 * Reads a ledger; a torn last line is left out, any other damage is a Fault. A missing one is empty. `boot` is the
 * machine's present boot: of a session that was cut off in another one, notes may have been lost, and everything that
 * it announced counts as sent.
 */
export async function readLedger(path: string, boot: string): Promise<LedgerReading> {
  const text = await ownText(path);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const done = rangeSet();
  const sessions: Session[] = [];
  let head: LedgerHead | null = null;
  const ready = new Map<string, number>();
  for (const [index, line] of whole.split('\n').slice(0, -1).entries()) {
    const entry = parse(line);
    const session = sessions.at(-1);
    const due = index === 0 ? 'head' : session === undefined ? 'session' : 'any';
    if (entry === null || 'format' in entry !== (due === 'head') || (due === 'session' && !('session' in entry))) {
      const format = index === 0 ? otherFormat(line) : null;
      throw damagedDrain(
        path,
        format === null
          ? `line ${index + 1} is not what a restore writes`
          : `it has the format ${format} of another version of esr-ops, and this one reads 2: what it says was sent is not known here`,
      );
    }
    if ('format' in entry) head = entry;
    else if ('session' in entry) {
      for (const [queue, count] of Object.entries(entry.ready)) if (!ready.has(queue)) ready.set(queue, count);
      sessions.push({ boot: entry.session, sending: [], sent: [], left: [], ended: null });
    } else if ('left' in entry) session?.left.push(entry.left);
    else if ('sending' in entry) session?.sending.push(entry.sending);
    else if ('sent' in entry) {
      session?.sent.push(entry.sent);
      done.add(entry.done);
    } else if (session !== undefined) session.ended = entry.ended;
  }
  const cut = sessions.some(({ ended }) => ended !== 'done');
  return { head, done, ready, cut, ...sentBy(sessions, boot), bytes: Buffer.byteLength(whole) };
}

async function ownText(path: string): Promise<string> {
  const found = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw damagedDrain(path, diskTrouble(error));
  });
  return found === null ? '' : (await readOwnFile(path, process.getuid?.() ?? null, 500 * 2 ** 20)).toString('utf8');
}

function sentBy(sessions: readonly Session[], boot: string): Pick<LedgerReading, 'sending' | 'repeats' | 'left'> {
  const sending = rangeSet();
  const left = new Set<number>();
  let repeats = 0;
  for (const session of sessions) {
    const known = session.ended !== null || session.boot === boot;
    const sent = (known ? session.sent : session.sending).flat();
    repeats += sending.add(sent);
    // Sent once more: nothing is known of it again.
    for (const record of left) {
      if (!sent.some(([from, to]) => from <= record && record <= to)) continue;
      left.delete(record);
      repeats -= 1;
    }
    for (const record of session.left) left.add(record);
  }
  return { sending, repeats, left };
}

function otherFormat(line: string): number | null {
  try {
    return z.object({ format: z.int() }).parse(JSON.parse(line)).format;
  } catch {
    return null;
  }
}

function parse(line: string): LedgerLine | null {
  try {
    return ledgerLineSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

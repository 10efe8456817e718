import { writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { canonicalJson } from '../../core/json.ts';
import { syncFolder } from '../captures/durable-file.ts';
import { diskTrouble } from './drain-fault.ts';
import { readLedger, type LedgerHead, type LedgerLine, type LedgerReading } from './ledger-reader.ts';
import { machineBoot } from './machine-boot.ts';

/** An append-only record of what a restore announced, sent, and what was confirmed. */
export interface Ledger {
  /** What it held when it was opened. */
  readonly before: LedgerReading;
  /** First of all: that it is of a restore of this drain to this place. Fault `restore.other-ledger`. */
  begin(head: Omit<LedgerHead, 'format'>): Promise<void>;
  /** Then, before anything is sent: how many messages each queue holds. */
  session(ready: Readonly<Record<string, number>>): Promise<void>;
  /** On the disk when it resolves, with everything noted before it. */
  append(...lines: readonly LedgerLine[]): Promise<void>;
  /**
   * Handed to the system on return: it outlives the program, not the machine. It takes microseconds, and waiting for
   * another thread to do it would take longer than what it notes takes to be sent.
   */
  note(...lines: readonly LedgerLine[]): void;
  /** On the disk when it resolves: the last lines of a session that failed. Nothing is written when none has begun. */
  failed(...lines: readonly LedgerLine[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens or creates a ledger (0600); a torn last line is cut off. Faults: `drain.damaged`, `restore.not-written`. */
export async function openLedger(path: string): Promise<Ledger> {
  const boot = await machineBoot();
  const before = await readLedger(path, boot);
  const file = await open(path, 'a', 0o600);
  await file.truncate(before.bytes);
  await syncFolder(dirname(path));
  let failure: Fault | null = null;
  let inSession = false;
  const note: Ledger['note'] = (...lines) => {
    // After a line that was torn by a full disk, none may follow.
    if (failure !== null) throw failure;
    try {
      for (const line of lines) writeAll(file.fd, Buffer.from(`${JSON.stringify(line)}\n`));
    } catch (error) {
      failure = notWritten(path, error);
      throw failure;
    }
  };
  const append: Ledger['append'] = async (...lines) => {
    note(...lines);
    await file.datasync().catch((error: unknown) => {
      throw notWritten(path, error);
    });
  };
  return {
    before,
    note,
    append,
    async begin(head) {
      const there = before.head;
      if (there === null) {
        await append({ format: 2, ...head });
        return;
      }
      if (canonicalJson(there) !== canonicalJson({ format: 2, ...head })) throw otherLedger(there);
    },
    async session(ready) {
      await append({ session: boot, ready });
      inSession = true;
    },
    async failed(...lines) {
      // It would be read as the end of the session before, which may have been cut off.
      if (inSession) await append(...lines, { ended: 'failed' });
    },
    close: () => file.close(),
  };
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

function notWritten(path: string, error: unknown): Fault {
  return new Fault({
    code: 'restore.not-written',
    message: `The ledger of the restore can't be written: ${diskTrouble(error)}. Nothing was sent that is not in it.`,
    where: path,
    exit: 'failed',
    next: ['make room or repair the disk'],
  });
}

function otherLedger({ vhost, to, drain }: LedgerHead): Fault {
  return new Fault({
    code: 'restore.other-ledger',
    message: `The ledger is of a restore to the vhost ${JSON.stringify(vhost)} (${to}) of the drain ${drain}: what it says is confirmed does not count here. Nothing was sent.`,
    exit: 'blocked',
    next: ['esr-ops vhost drains'],
  });
}

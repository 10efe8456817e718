import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { JournalEntry, JournalReading, JournalRecord, JournalSink } from '../../core/journal.ts';
import type { Clock } from '../../core/ports.ts';
import type { SecretRegistry } from '../../core/secret-registry.ts';
import { checkedName, ensureFolder, inspectFolder, syncFolder } from './folders.ts';
import { chainRecord, noRecord, recordLine } from './journal-line.ts';
import { readJournal } from './journal-reader.ts';
import { journalEntrySchema } from './journal-schema.ts';
import { systemErrorCode, systemErrorText } from './system-error.ts';

/** Where a run's journal is and what its sink needs. */
export interface JournalOptions {
  /** The environment's state folder; the journal is `<dir>/runs/<run>/journal.jsonl`. */
  readonly dir: string;
  readonly run: string;
  readonly secrets: SecretRegistry;
  readonly clock: Clock;
}

/**
 * Creates the journal of a new run (0600). A run of that name is a Fault `journal.exists`. `append` rejects a record
 * that holds a secret (`journal.secret`: nothing is written, further records may follow) and one that could not be
 * synced (`journal.not-written`: what is on disk is not certain, the sink takes no further record).
 */
export async function openJournal({ dir, run, secrets, clock }: JournalOptions): Promise<JournalSink> {
  const folder = await ensureFolder(dir, 'runs', run);
  const path = join(folder, 'journal.jsonl');
  let handle: FileHandle | null = null;
  try {
    handle = await open(
      path,
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    for (const changed of [folder, dirname(folder), dir]) await syncFolder(changed);
  } catch (error) {
    await handle?.close();
    if (systemErrorCode(error) === 'EEXIST') {
      throw new Fault({
        code: 'journal.exists',
        message: `Run ${run} has a journal already.`,
        where: path,
        exit: 'failed',
        next: [`esr-ops resume ${run}`],
      });
    }
    throw notWritten(run, path, error, 'Nothing was changed.');
  }
  return sink(handle, { run, path, secrets, clock, seq: 0, prev: noRecord });
}

/** A sink that goes on behind the records that are there. */
export interface ReopenedJournal extends JournalSink {
  /** The records before the first append; `torn` tells that a torn last line was cut off. */
  readonly reading: JournalReading;
}

/** Opens a run's journal to go on with it. Damage other than a torn last line is the reader's Fault; nothing is then changed. */
export async function reopenJournal({ dir, run, secrets, clock }: JournalOptions): Promise<ReopenedJournal> {
  const path = join(dir, 'runs', checkedName(run), 'journal.jsonl');
  for (const folder of [dir, join(dir, 'runs'), dirname(path)]) await inspectFolder(folder);
  const reading = await readJournal(path);
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
    if (reading.torn) {
      await handle.truncate(reading.goodBytes);
      await handle.sync();
    }
  } catch (error) {
    await handle?.close();
    throw notWritten(run, path, error, 'Nothing was changed.');
  }
  const prev = reading.records.at(-1)?.hash ?? noRecord;
  return { ...sink(handle, { run, path, secrets, clock, seq: reading.records.length, prev }), reading };
}

interface SinkStart {
  readonly run: string;
  readonly path: string;
  readonly secrets: SecretRegistry;
  readonly clock: Clock;
  readonly seq: number;
  readonly prev: string;
}

function sink(handle: FileHandle, { run, path, secrets, clock, ...start }: SinkStart): JournalSink {
  let { seq, prev } = start;
  let broken: Fault | null = null;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  const write = async (entry: JournalEntry): Promise<JournalRecord> => {
    if (broken !== null) throw broken;
    if (closed) throw new Error(`the journal of run ${run} was closed before the record ${entry.type}`);
    const record = chainRecord(seq, new Date(clock.now()).toISOString(), checkedEntry(entry), prev);
    const line = recordLine(record);
    const secret = secrets.findIn(line);
    if (secret !== null) throw holdsSecret(path, entry.type, secret);
    const bytes = Buffer.from(`${line}\n`);
    try {
      const { bytesWritten } = await handle.write(bytes);
      if (bytesWritten !== bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were written`);
      await handle.datasync();
    } catch (error) {
      broken = notWritten(
        run,
        path,
        error,
        `Whether the record ${entry.type} is on disk is not certain, so no further record is taken and no further change is made.`,
      );
      throw broken;
    }
    seq += 1;
    prev = record.hash;
    return record;
  };

  return {
    run,
    path,
    append(entry) {
      const appended = last.then(() => write(entry));
      last = appended.catch(() => undefined);
      return appended;
    },
    async close() {
      await last;
      if (closed) return;
      closed = true;
      await handle.close();
    },
  };
}

/** The entry as it will be read back: plain JSON of the known shape. Anything else is a bug of the caller. */
function checkedEntry(entry: JournalEntry): JournalEntry {
  const plain = JSON.parse(JSON.stringify(entry)) as JournalEntry;
  const shape = journalEntrySchema.safeParse(plain);
  if (shape.success) return plain;
  const issue = shape.error.issues[0];
  throw new Error(
    `a journal record ${entry.type} is malformed at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

function holdsSecret(path: string, type: string, name: string): Fault {
  return new Fault({
    code: 'journal.secret',
    message: `A record ${type} would have written the secret ${name} into the journal. It was rejected and nothing was written: this is a bug in esr-ops.`,
    where: path,
    exit: 'failed',
    details: { record: type, secret: name },
    next: ['report the record type and the name of the secret, and do not go on with this run'],
  });
}

function notWritten(run: string, path: string, error: unknown, consequence: string): Fault {
  return new Fault({
    code: 'journal.not-written',
    message: `The journal of run ${run} could not be written: ${systemErrorText(error)}. ${consequence}`,
    where: path,
    exit: 'failed',
    next: ['make room or repair the disk of the state folder', `esr-ops resume ${run}`],
  });
}

import * as z from 'zod';
import { Fault } from '../../core/fault.ts';
import type { JournalReading, JournalRecord } from '../../core/journal.ts';
import { readJson } from '../../core/read-json.ts';
import { shapeWords } from '../../core/shape-words.ts';
import { noRecord, recordHash, recordLine } from './journal-line.ts';
import { journalRecordSchema } from './journal-schema.ts';
import { readLines, TooLarge, type RawLine } from './read-lines.ts';
import { systemErrorCode, systemErrorText } from './system-error.ts';

/** Largest line and largest journal that are read, in bytes. */
const limits = { line: 64 * 1024 * 1024, file: 512 * 1024 * 1024 };

/** A reading, with where the next record belongs. */
export interface JournalFileReading extends JournalReading {
  /** Bytes that the complete records take; what follows them is the torn line. */
  readonly goodBytes: number;
}

/**
 * Reads a journal and checks each record: sequence, spelling, shape, chain and hash. One torn last line (a crash in
 * the middle of writing it) is left out and reported; any other damage is a Fault `journal.damaged` (exit failed)
 * that names the record; a whole record of a shape that is not known a Fault `journal.other-version`. A journal that can't be read is a Fault `journal.unreadable`.
 */
export async function readJournal(path: string): Promise<JournalFileReading> {
  const { damage, ...reading } = await readIntact(path);
  if (damage !== null) throw damage;
  return reading;
}

/** Like readJournal, but damage is part of the answer, beside the records before it. */
export async function readIntact(path: string): Promise<JournalFileReading & { readonly damage: Fault | null }> {
  const records: JournalRecord[] = [];
  let goodBytes = 0;
  let held: { readonly line: RawLine; readonly fault: Fault } | null = null;
  try {
    for await (const line of readLines(path, limits)) {
      if (held !== null) throw held.fault;
      if (!line.complete) return { records, torn: true, goodBytes, damage: null };
      const value = parsed(line.bytes);
      // Whether an unreadable line is the last one, and so only torn, shows with the next line.
      if (value === undefined) {
        held = { line, fault: damaged(path, records.length, 'it is not JSON text') };
        continue;
      }
      records.push(checked(path, records, value, line.bytes));
      goodBytes = line.end;
    }
  } catch (error) {
    if (error instanceof Fault) return { records, torn: false, goodBytes, damage: error };
    if (error instanceof TooLarge)
      return { records, torn: false, goodBytes, damage: damaged(path, records.length, error.message) };
    throw new Fault({
      code: 'journal.unreadable',
      message: `The journal ${path} can't be read: ${systemErrorText(error)}.`,
      where: path,
      exit: systemErrorCode(error) === 'ENOENT' ? 'usage' : 'failed',
      next: ['esr-ops runs list'],
    });
  }
  const damage = held !== null && holdsWholeRecord(held.line.bytes) ? held.fault : null;
  return { records, torn: held !== null && damage === null, goodBytes, damage };
}

function parsed(bytes: Buffer): unknown {
  try {
    return readJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** Two records run together because the line end between them was lost: that is no torn write. */
function holdsWholeRecord(bytes: Buffer): boolean {
  return /"prev":"[0-9a-f]{64}","seq":\d+\}./s.test(bytes.toString('latin1'));
}

function checked(path: string, before: readonly JournalRecord[], value: unknown, bytes: Buffer): JournalRecord {
  const seq = before.length;
  const shape = journalRecordSchema.safeParse(value);
  if (!shape.success) {
    const issue = shape.error.issues[0];
    // Whole and in its place, but of another shape: nobody changed it, another version wrote it.
    if (isWhole(before, value, bytes)) throw otherVersion(path, before, value, issue?.path.join('.') ?? '');
    throw damaged(path, seq, shapeWords(issue));
  }
  // What was parsed is used, not zod's copy: that one could lack a property.
  const record = value as JournalRecord;
  if (record.seq !== seq) throw damaged(path, seq, `it says that it is record ${record.seq}`);
  if (record.prev !== (before.at(-1)?.hash ?? noRecord))
    throw damaged(path, seq, 'it does not follow the record before it');
  if (record.hash !== recordHash(record)) throw damaged(path, seq, 'its hash does not fit its content');
  if (!bytes.equals(Buffer.from(recordLine(record)))) throw damaged(path, seq, 'it is not spelt as esr-ops writes it');
  return record;
}

function isWhole(before: readonly JournalRecord[], value: unknown, bytes: Buffer): value is JournalRecord {
  if (typeof value !== 'object' || value === null || !('entry' in value) || !('hash' in value)) return false;
  const record = value as JournalRecord;
  return (
    record.seq === before.length &&
    record.prev === (before.at(-1)?.hash ?? noRecord) &&
    record.hash === recordHash(record) &&
    bytes.equals(Buffer.from(recordLine(record)))
  );
}

const toolOf = z.object({ plan: z.object({ tool: z.object({ version: z.string().max(40) }) }) });

function otherVersion(path: string, before: readonly JournalRecord[], record: JournalRecord, why: string): Fault {
  const seq = before.length;
  const tool = toolOf.safeParse((before[0] ?? record).entry);
  const by = tool.success ? tool.data.plan.tool.version : 'unknown';
  return new Fault({
    code: 'journal.other-version',
    message: `Record ${seq} (line ${seq + 1}) of the journal was written by another version of esr-ops (begun by ${by}) in a form that this one does not read (${why}). It is whole, and will not be resumed from by this version.`,
    where: `${path}:${seq + 1}`,
    exit: 'failed',
    details: { record: seq, why, version: by },
    next: [
      'resume it with the version of esr-ops that began it',
      'or look at the target with esr-ops recover vhost --dry-run, then settle the run by hand: esr-ops runs ack RUN --reason TEXT',
    ],
  });
}

function damaged(path: string, seq: number, why: string): Fault {
  return new Fault({
    code: 'journal.damaged',
    message: `The journal is damaged at record ${seq} (line ${seq + 1}): ${why}. It will not be resumed from.`,
    where: `${path}:${seq + 1}`,
    exit: 'failed',
    details: { record: seq, why },
    next: [
      'look at the target with esr-ops recover vhost --dry-run, then settle the run by hand: esr-ops runs ack RUN --reason TEXT',
    ],
  });
}

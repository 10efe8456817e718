import { parseKeyPattern, type KeyParts, type KeyPattern } from './key-pattern.ts';
import type { S3Finding, S3FoundFile, S3SetReport } from './s3-report.ts';
import type { LoadWrite } from './load-type.ts';
import type { S3Object, S3Range } from './ports-s3.ts';
import { sequenceFindings } from './s3-sequence.ts';

/** What one load type writes to a bucket for a date. */
export interface S3Expectation {
  readonly loadType: string;
  readonly write: S3Write;
  /** Local Offices that there are; only those that a run was for, where it was not for all. */
  readonly offices: readonly string[];
  /** Of prefix and key together. */
  readonly pattern: KeyPattern;
  /** Of the prefix alone. */
  readonly prefix: KeyPattern;
}

type S3Write = Extract<LoadWrite, { kind: 's3' }>;

/** The expectation for one of a load type's `writes`. */
export function expectationOf(loadType: string, write: S3Write, offices: readonly string[]): S3Expectation {
  return {
    loadType,
    write,
    offices,
    pattern: parseKeyPattern(write.prefix + write.key),
    prefix: parseKeyPattern(write.prefix),
  };
}

/** The day that is checked: its date, and where it begins and ends in the environment's zone (ms since the epoch). */
export interface S3Day {
  readonly date: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A check on its way: fed with pages in any order, it holds no more than the day's own files. */
export interface S3Check {
  readonly ranges: readonly S3Range[];
  take(page: readonly S3Object[]): void;
  reports(): readonly S3SetReport[];
}

/** Days that are looked back for the sequence's last number, where the date is part of the prefix. */
const daysBack = 7;

/** More files or strange keys of one day than this are counted, not listed. */
const mostListed = 5_000;

/** Begins a check of these load types for one day. A key that fits any of `known` is strange to none of them. */
export function createS3Check(
  expectations: readonly S3Expectation[],
  day: S3Day,
  known: readonly S3Expectation[] = expectations,
): S3Check {
  const tallies = expectations.map((expectation) => createTally(expectation, day));
  return {
    ranges: rangesOf(expectations, day.date),
    take: (page) => {
      for (const object of page) {
        // Some consoles make an empty object for a folder.
        if (object.key.endsWith('/') && object.size === 0) continue;
        const fits = known.some(({ pattern }) => isDated(pattern.match(object.key)));
        for (const tally of tallies) tally.take(object, fits);
      }
    },
    reports: () => tallies.map((tally) => tally.report()),
  };
}

interface Tally {
  take(object: S3Object, fitsAny: boolean): void;
  report(): S3SetReport;
}

function createTally({ loadType, write, offices: all, pattern, prefix }: S3Expectation, day: S3Day): Tally {
  const counts = new Map<string | null, number>((pattern.has.office ? all : [null]).map((office) => [office, 0]));
  const here = prefix.fill({ date: day.date, loadType }, 'stop');
  const files: S3FoundFile[] = [];
  const strange: S3Finding[] = [];
  let [found, bytes, olderStrange] = [0, 0, 0];
  let previous: { date: string; last: bigint } | null = null;

  const inDay = (object: S3Object): boolean => object.modifiedMs >= day.fromMs && object.modifiedMs < day.toMs;
  const note = (finding: S3Finding): void => {
    if (strange.length < mostListed) strange.push(finding);
  };
  const add = (object: S3Object, { office, sequence }: KeyParts): void => {
    const count = counts.get(office);
    if (count === undefined) {
      note({ kind: 'unexpected', key: object.key, why: `${office ?? ''} is no Local Office of this load type` });
      return;
    }
    counts.set(office, count + 1);
    found += 1;
    bytes += object.size;
    if (files.length < mostListed) files.push({ ...object, office, sequence: sequence?.toString() ?? null });
  };
  return {
    take: (object, fitsAny) => {
      const parts = pattern.match(object.key);
      if (parts === null || !isDated(parts)) {
        if (fitsAny || !object.key.startsWith(here)) return;
        if (inDay(object)) note({ kind: 'unexpected', key: object.key, why: 'its name is that of no known file' });
        else olderStrange += 1;
        return;
      }
      const { date, sequence } = parts;
      if (date === null ? inDay(object) : date === day.date) add(object, parts);
      else if (date !== null && date < day.date && sequence !== null && isLater(previous, date, sequence))
        previous = { date, last: sequence };
    },
    report: () => {
      files.sort((a, b) => (a.key < b.key ? -1 : 1));
      const before = previous === null ? null : { date: previous.date, last: previous.last.toString() };
      const like = (office: string | null): string =>
        pattern.fill({ date: day.date, loadType, ...(office === null ? {} : { office }) }, 'mark');
      const counted = countFindings(write.expect, all.length, counts, files, like);
      return {
        loadType,
        bucket: write.bucket,
        prefix: here,
        date: day.date,
        state: found === 0 ? 'none' : counted.some(({ kind }) => kind === 'missing') ? 'partial' : 'complete',
        expected: write.expect === 'per-office' ? all.length : write.expect === 'any' ? 1 : write.expect,
        found,
        bytes,
        offices: [...counts].flatMap(([code, own]) => (code === null ? [] : [{ code, found: own }])),
        previous: before,
        olderStrange,
        files,
        findings: [
          ...counted,
          ...files.flatMap(({ key, size }): readonly S3Finding[] =>
            size < write.minBytes ? [{ kind: 'too-small', key, bytes: size, smallest: write.minBytes }] : [],
          ),
          ...(write.contiguous && pattern.has.sequence ? sequenceFindings(files, before) : []),
          ...strange,
        ],
      };
    },
  };
}

/** One of each Local Office, or so many (at least) in all; where keys name no Local Office only the sum can be told. */
function countFindings(
  expect: S3Write['expect'],
  offices: number,
  counts: ReadonlyMap<string | null, number>,
  files: readonly S3FoundFile[],
  like: (office: string | null) => string,
): readonly S3Finding[] {
  const compare = (office: string | null, expected: number, found: number, more = false): readonly S3Finding[] => {
    if (found < expected) return [{ kind: 'missing', office, expected, found, looksLike: like(office) }];
    if (found === expected || more) return [];
    const keys = files.filter((file) => office === null || file.office === office).map(({ key }) => key);
    return [{ kind: 'too-many', office, expected, found, keys }];
  };
  if (expect === 'per-office' && !counts.has(null))
    return [...counts].flatMap(([office, found]) => compare(office, 1, found));
  const found = [...counts.values()].reduce((sum, one) => sum + one, 0);
  return compare(null, expect === 'per-office' ? offices : expect === 'any' ? 1 : expect, found, expect === 'any');
}

function isLater(before: { date: string; last: bigint } | null, date: string, sequence: bigint): boolean {
  return before === null || date > before.date || (date === before.date && sequence > before.last);
}

/** Whether the key's date exists; true for a key that names none. False where there are no parts. */
function isDated(parts: KeyParts | null): boolean {
  if (parts?.date == null) return parts !== null;
  const at = new Date(`${parts.date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(parts.date);
}

/** Every prefix once, those within another left out, so that no key comes twice. */
function rangesOf(expectations: readonly S3Expectation[], date: string): readonly S3Range[] {
  const cuts = new Map<string, Set<string>>();
  for (const { loadType, write, offices, pattern, prefix } of expectations) {
    const days = prefix.has.date && write.contiguous ? daysBack : 0;
    for (let back = 0; back <= days; back += 1) {
      const at = prefix.fill({ date: daysBefore(date, back), loadType }, 'stop');
      const here = cuts.get(at) ?? new Set<string>();
      cuts.set(at, here);
      if (pattern.has.office) for (const office of offices) here.add(pattern.fill({ date, loadType, office }, 'stop'));
    }
  }
  const prefixes = [...cuts.keys()];
  return prefixes
    .filter((prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)))
    .map((prefix) => ({
      prefix,
      cuts: [...new Set([...cuts].flatMap(([at, here]) => (at.startsWith(prefix) ? [...here] : [])))].sort(),
    }));
}

function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

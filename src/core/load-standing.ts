import type { WrittenBefore } from './load-changes.ts';
import type { LoadType, LoadWrite } from './load-type.ts';
import type { FoundWrite } from './ports-loads.ts';

/** How much of what a load type writes for a date is there. */
export interface LoadStanding {
  readonly is: 'none' | 'partial' | 'complete' | 'unknown';
  /** A sentence for each place. */
  readonly words: readonly string[];
}

/**
 * What a load type has written for a date, judged by the places that keep what is written by date (tables, files).
 * Queues don't: what was in them may have been consumed, and say nothing beforehand.
 */
export function standingOf(load: LoadType, found: readonly FoundWrite[], offices: readonly string[]): LoadStanding {
  const judged = load.writes.flatMap((write, index) => {
    const one = found[index];
    return write.kind === 'queue' || one === undefined ? [] : [{ one, is: judge(write, one, offices) }];
  });
  const words = judged.map(({ one }) => wordsOf(one, offices));
  const kinds = new Set(judged.map(({ is }) => is));
  if (judged.length === 0)
    return { is: 'unknown', words: ['nothing that it writes and that is kept by date is configured'] };
  if (kinds.has('unknown')) return { is: 'unknown', words };
  const [only] = kinds;
  return { is: kinds.size === 1 && only !== undefined ? only : 'partial', words };
}

/**
 * What is still missing from the proof that a run did what it is for; empty: it is proved. `before` is what was there
 * when it started.
 */
export function unprovedOf(
  load: LoadType,
  before: readonly WrittenBefore[],
  after: readonly FoundWrite[],
  offices: readonly string[],
): readonly string[] {
  if (load.writes.length === 0) return ['nothing that it writes is configured, so nothing proves it'];
  return load.writes.flatMap((write, index) => {
    const [was, is] = [before[index], after[index]];
    if (is === undefined || is.total === null) return [`${is?.where ?? write.kind}: ${is?.unknown ?? 'not looked at'}`];
    const had = was?.total ?? 0;
    if (write.kind === 'queue') {
      const more = is.total - had;
      return more >= write.atLeast ? [] : [`${is.where}: ${more} more ${is.unit} than before, not ${write.atLeast}`];
    }
    const standing = judge(write, is, offices);
    if (standing !== 'complete') return [wordsOf(is, offices)];
    if (had > 0 && load.rerun.is === 'twice' && write.kind === 'table' && is.total <= had)
      return [`${is.where}: ${is.total} ${is.unit} as before, so this run wrote none`];
    return [];
  });
}

function judge(
  write: Exclude<LoadWrite, { kind: 'queue' }>,
  found: FoundWrite,
  offices: readonly string[],
): LoadStanding['is'] {
  const { total, byOffice, findings } = found;
  if (total === null) return 'unknown';
  if (total === 0) return 'none';
  if (findings.length > 0) return 'partial';
  if (write.kind === 's3') {
    if (typeof write.expect === 'number') return total >= write.expect ? 'complete' : 'partial';
    if (write.expect === 'any') return 'complete';
    return missingOffices(byOffice, offices).length === 0 ? 'complete' : 'partial';
  }
  if (total < write.atLeast) return 'partial';
  return write.offices === 'all' && missingOffices(byOffice, offices).length > 0 ? 'partial' : 'complete';
}

function missingOffices(byOffice: FoundWrite['byOffice'], offices: readonly string[]): readonly string[] {
  return byOffice === null ? [] : offices.filter((office) => (byOffice[office] ?? 0) === 0);
}

/** `tcs.EsrNotification: 130 rows (EMD 10, …); none of LDN`. */
export function wordsOf(found: FoundWrite, offices: readonly string[]): string {
  const { where, total, unit, byOffice, findings, unknown } = found;
  if (total === null) return `${where}: not known: ${unknown ?? 'not looked at'}`;
  if (total === 0) return `${where}: no ${unit}`;
  const missing = missingOffices(byOffice, offices);
  const there = Object.entries(byOffice ?? {}).filter(([, count]) => count > 0);
  const detail = there.length === 0 ? '' : ` (${there.map(([office, count]) => `${office} ${count}`).join(', ')})`;
  return [
    `${where}: ${total} ${total === 1 ? unit.slice(0, -1) : unit}${detail}`,
    ...(byOffice !== null && missing.length > 0 && missing.length < offices.length
      ? [`none of ${missing.join(', ')}`]
      : []),
    ...findings,
  ].join('; ');
}

import { readFile } from 'node:fs/promises';
import { labFiles, runningLab } from '../lab-files.ts';
import { labLoads, labOffices } from './etl-loads.ts';
import type { EtlRecord } from './etl-record.ts';
import { pastRuns } from './past-runs.ts';

/** What one load type wrote for a date. */
interface LoadTruth {
  readonly loadType: string;
  readonly date: string;
  readonly rows: number;
  readonly files: number;
  readonly missing: readonly string[];
  readonly twice: readonly string[];
}

/** What the ETL of a lab wrote, counted from its own records alone; null: the lab has none. */
export async function labEtlTruth(which: { readonly name: string; readonly stateDir: string }): Promise<{
  readonly loads: readonly LoadTruth[];
  readonly missing: number;
  readonly twice: number;
} | null> {
  const { etl } = await runningLab(labFiles(which.stateDir, which.name));
  if (etl === undefined) return null;
  const records = etlRecords(await readFile(etl.record, 'utf8'));
  const kinds = labLoads(etl.s3?.bucket ?? null);
  const loads = pastRuns(etl, Date.now()).map(({ loadType, date }) => {
    const place = kinds[loadType]?.runs.writes.find(({ kind }) => kind !== 'messages');
    const each = place?.kind === 'rows' ? place.perOffice : 1;
    return truthOf(loadType, date, each, records);
  });
  const sum = (of: (load: LoadTruth) => readonly string[]): number =>
    loads.reduce((total, load) => total + of(load).length, 0);
  return { loads, missing: sum(({ missing }) => missing), twice: sum(({ twice }) => twice) };
}

/** Adds up what was written since it was last cleared, without files that were removed. */
function truthOf(loadType: string, date: string, each: number, records: readonly EtlRecord[]): LoadTruth {
  const own = records.filter((record) => record.loadType === loadType && record.date === date);
  const since = own.slice(own.findLastIndex(({ event }) => event === 'cleared') + 1);
  const removed = new Map(
    since.flatMap((record, at) => (record.event === 'removed' ? [[record.key, at] as const] : [])),
  );
  const written = since.flatMap((record, at) => {
    if (record.event !== 'wrote' || record.what === 'messages') return [];
    // A file of the same name may have been written again after it was removed.
    return record.key !== undefined && at < (removed.get(record.key) ?? -1) ? [] : [record];
  });
  const count = (what: 'rows' | 'file', office?: string): number =>
    written
      .filter((record) => record.what === what && (office === undefined || record.office === office))
      .reduce((sum, record) => sum + record.count, 0);
  const has = (office: string): number => count('rows', office) + count('file', office);
  return {
    loadType,
    date,
    rows: count('rows'),
    files: count('file'),
    missing: labOffices.filter((office) => has(office) < each),
    twice: labOffices.filter((office) => has(office) > each),
  };
}

/** Records of a file's text; a last line that is being written is left out. */
function etlRecords(text: string): readonly EtlRecord[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as EtlRecord);
}

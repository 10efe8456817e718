import { readFile } from 'node:fs/promises';
import type { EtlTruth } from '../../core/etl-truth.ts';
import { jsonLines } from '../json-lines.ts';
import { labFiles, runningLab } from '../lab-files.ts';
import { labLoads, labOffices } from './etl-loads.ts';
import type { EtlRecord } from './etl-record.ts';
import { pastRuns } from './past-runs.ts';

/** What the ETL of a lab wrote, counted from its own records alone; null: the lab has none. */
export async function labEtlTruth(which: {
  readonly name: string;
  readonly stateDir: string;
}): Promise<EtlTruth | null> {
  const { etl } = await runningLab(labFiles(which.stateDir, which.name));
  if (etl === undefined) return null;
  const records = jsonLines(await readFile(etl.record, 'utf8')) as readonly EtlRecord[];
  const kinds = labLoads(etl.s3?.bucket ?? null);
  const loads = pastRuns(etl, Date.now()).map(({ loadType, date }) => {
    const place = kinds[loadType]?.runs.writes.find(({ kind }) => kind !== 'messages');
    const each = place?.kind === 'rows' ? place.perOffice : 1;
    return truthOf(loadType, date, each, records);
  });
  const sum = (of: (load: EtlTruth['loads'][number]) => readonly string[]): number =>
    loads.reduce((total, load) => total + of(load).length, 0);
  return { loads, missing: sum(({ missing }) => missing), twice: sum(({ twice }) => twice) };
}

/** Adds up what was written since it was last cleared, without files that were removed. */
function truthOf(
  loadType: string,
  date: string,
  each: number,
  records: readonly EtlRecord[],
): EtlTruth['loads'][number] {
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

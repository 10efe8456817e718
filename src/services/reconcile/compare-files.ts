import { checkFiles, compactDate, nameReader, type ListedFile, type NamedFile } from '../../core/check-files.ts';
import { daysBefore, type DayWindow } from '../../core/day-window.ts';
import type { ReadingWork } from '../../core/ports-cdc.ts';
import type { FileListing } from '../../core/ports-reconcile.ts';
import type { ReconciledDay, ReconcileFiles, ReconcileSettings } from '../../core/reconcile.ts';
import type { Found } from './read-table.ts';

/** Lists the files of the day, and of the last earlier day that had any, and compares them with what rows name. */
export async function compareFiles(
  {
    settings: { files: settings },
    files: listing,
    window,
    work: { signal },
  }: {
    readonly settings: ReconcileSettings;
    readonly files: FileListing | null;
    readonly window: DayWindow;
    readonly work: ReadingWork;
  },
  named: readonly NamedFile[],
  found: Found,
): Promise<{ readonly day: ReconciledDay['files']; readonly remarks: readonly string[] }> {
  if (settings === null || listing === null)
    return { day: null, remarks: ['No bucket is configured: files were not looked at.'] };
  const lists = new Map<string, Promise<readonly ListedFile[]>>();
  const listOf = (date: string): Promise<readonly ListedFile[]> => {
    const known = lists.get(date) ?? listDay(listing, settings, date, signal);
    lists.set(date, known);
    return known;
  };
  const read = nameReader(settings.name);
  const today = compactDate(window.date);
  const day = await listOf(today);
  let before: readonly ListedFile[] = [];
  for (let back = 1; back <= settings.lookBackDays && before.length === 0 && settings.sequence !== 'none'; back += 1)
    before = await listOf(compactDate(daysBefore(window.date, back)));
  const names = new Set([...day, ...before].map(({ name }) => name));
  for (const date of new Set(named.map(({ file }) => read(file)?.date ?? '')))
    if (date !== '') for (const { name } of await listOf(date)) names.add(name);
  for (const one of checkFiles(settings, { date: window.date, day, before, known: names, named })) await found(one);
  return {
    day: { count: day.length, bytes: day.reduce((sum, { bytes }) => sum + bytes, 0) },
    remarks:
      before.length > 0 || settings.sequence === 'none'
        ? []
        : [
            `No file of the ${settings.lookBackDays} days before was found: what the first sequence number should be is not known.`,
          ],
  };
}

/** Files of one day: those whose names fit the pattern and hold the date. */
async function listDay(
  listing: FileListing,
  settings: ReconcileFiles,
  date: string,
  signal: AbortSignal,
): Promise<readonly ListedFile[]> {
  const read = nameReader(settings.name);
  const dated = settings.prefix.replaceAll('{date}', date);
  const prefixes = dated.includes('{office}')
    ? settings.offices.map((office) => dated.replaceAll('{office}', office))
    : [dated];
  const files: ListedFile[] = [];
  for (const prefix of prefixes)
    for await (const { key, bytes } of listing.list(settings.bucket, prefix, signal)) {
      const name = key.slice(key.lastIndexOf('/') + 1);
      const parsed = read(name);
      if (parsed !== null && (parsed.date === '' || parsed.date === date)) files.push({ name, bytes });
    }
  return files;
}

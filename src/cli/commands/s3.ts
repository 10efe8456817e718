import { didYouMean } from '../../core/closest.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { createS3Check, expectationOf } from '../../core/s3-check.ts';
import type { S3SetReport } from '../../core/s3-report.ts';
import type { Composition } from '../composition.ts';
import type { Invocation } from '../invocation.ts';

/** `s3 check`: the files of a date against what is expected; exit code findings when they differ. */
export async function checkS3(
  composition: Composition,
  { date, loadType, csv }: Extract<Invocation, { is: 's3.check' }>,
): Promise<ExitName> {
  if (date === null)
    throw new Fault({
      code: 'usage',
      message: '--date is missing: the business date of the files.',
      where: '--date',
      exit: 'usage',
      next: ['esr-ops s3 check --date today'],
    });
  const { name, loadTypes, localOffices } = await composition.environment();
  const buckets = await composition.s3();
  if (buckets === null) throw notConfigured(name);
  const day = await composition.parseDay(date);
  const all = loadTypes.flatMap((type) =>
    type.writes.flatMap((write) =>
      write.kind === 's3' ? [{ type, of: expectationOf(type.name, write, localOffices) }] : [],
    ),
  );
  const chosen = all.filter(({ type }) => loadType === null || [type.name, ...type.aliases].includes(loadType));
  if (chosen.length === 0) throw nothingExpected(name, loadType, [...new Set(all.map(({ type }) => type.name))]);
  const sets: S3SetReport[] = [];
  let seen = 0;
  const sinceMs = composition.clock.now();
  for (const bucket of new Set(chosen.map(({ of }) => of.write.bucket))) {
    const here = (each: (typeof all)[number]): boolean => each.of.write.bucket === bucket;
    const check = createS3Check(
      chosen.filter(here).map(({ of }) => of),
      day,
      all.filter(here).map(({ of }) => of),
    );
    for await (const page of buckets(bucket).list(check.ranges, composition.stop.signal)) {
      check.take(page);
      seen += page.length;
      composition.host.progress({ label: `listing ${bucket}`, done: seen, total: null, unit: 'keys', sinceMs });
    }
    sets.push(...check.reports());
  }
  composition.host.progress(null);
  composition.host.result({
    code: csv ? 's3.files' : 's3.checked',
    payload: { environment: name, date: day.date, seen, sets },
  });
  return sets.every((set) => set.findings.length === 0) ? 'done' : 'findings';
}

function notConfigured(environment: string): Fault {
  return new Fault({
    code: 's3.not-configured',
    message: `Environment ${environment} has no s3 section.`,
    where: `environments.${environment}.s3`,
    exit: 'usage',
    next: [`write s3: with region and credentials under environments.${environment}`, 'esr-ops config schema'],
  });
}

function nothingExpected(environment: string, loadType: string | null, known: readonly string[]): Fault {
  return new Fault({
    code: 's3.nothing-expected',
    message:
      loadType === null
        ? `Environment ${environment} has no load type that writes files.`
        : `There is no load type that writes files and is called ${JSON.stringify(loadType)}.${didYouMean(loadType, known)}`,
    where: `environments.${environment}.loadTypes`,
    exit: 'usage',
    next: known.length > 0 ? known.map((one) => `--load-type ${one}`) : ['esr-ops config schema'],
  });
}

import type { LoadProve } from '../core/load-changes.ts';
import { unprovedOf, wordsOf } from '../core/load-standing.ts';
import type { JsonObject } from '../core/json.ts';
import type { FoundWrite } from '../core/ports-loads.ts';
import type { Applied, Verified } from '../core/run.ts';
import { jobOf } from './load-job.ts';
import { until, type Seen, type World } from './world.ts';

/** Looks until all that the run writes is there, or its time is up; what is missing then leaves the run unverified. */
export async function apply(change: LoadProve, world: World): Promise<Applied> {
  const job = jobOf(change, world.environment);
  let found: readonly FoundWrite[] = [];
  let unproved: readonly string[] = [];
  await until(
    world,
    `waiting for what ${job.load.name} writes`,
    job.load.evidenceMs,
    async () => {
      found = await world.readers.loads.found(job, change.offices);
      unproved = unprovedOf(job.load, change.was, found, change.offices);
      return unproved;
    },
    (missing) => missing.length === 0,
  );
  const evidence = [...evidenceOf(change, found), ...unproved.map((missing) => `not proved: ${missing}`)];
  return {
    evidence,
    output: { evidence, ...(unproved.length === 0 ? {} : { unverified: unproved.join('; ') }) },
  };
}

/** What was said is what was seen. After a crash it is looked at again. */
export function verify(_change: LoadProve, _seen: Seen, output: JsonObject | null): Promise<Verified> {
  const said = output?.['evidence'];
  if (output !== null && Array.isArray(said))
    return Promise.resolve({ verdict: 'applied', evidence: said.map(String), output });
  return Promise.resolve({ verdict: 'not-applied', evidence: ['it was not looked at to the end'], output: {} });
}

/** `tcs.EsrNotification: 130 rows (…), 65 of them since it was started`. */
function evidenceOf({ was, offices }: LoadProve, found: readonly FoundWrite[]): readonly string[] {
  return found.map((one, index) => {
    const before = was[index]?.total ?? null;
    const more = before === null || one.total === null ? null : one.total - before;
    return `${wordsOf(one, offices)}${more === null || before === 0 ? '' : `; ${more} of them new in this run`}`;
  });
}

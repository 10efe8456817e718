import { catchUp, scheduledLoads, type Judged, type SeenLoad } from './catch-up.ts';
import type { Environment } from './environment.ts';
import { standingOf } from './load-standing.ts';
import type { LoadReaders } from './ports-loads.ts';
import type { Clock } from './ports.ts';

/** What is looked at. */
export interface MissedScope {
  readonly environment: Pick<Environment, 'loadTypes' | 'timezone' | 'localOffices'>;
  readonly readers: {
    readonly clock: Pick<Clock, 'now'>;
    readonly loads: { readonly found: LoadReaders['found']; readonly jobs: Pick<LoadReaders['jobs'], 'state'> };
  };
}

/** How far back is looked where nobody said, ms. */
const backMs = 24 * 3_600_000;

/** Looks at everything that the schedule had since a time (ms since the epoch; null: the last day) and says what becomes of it. */
export async function missedLoads(
  { environment, readers }: MissedScope,
  asked: { readonly since: number | null | undefined; readonly late: boolean },
): Promise<readonly Judged[]> {
  const nowMs = readers.clock.now();
  const sinceMs = asked.since ?? nowMs - backMs;
  const { localOffices } = environment;
  const seen = await Promise.all(
    scheduledLoads(environment, sinceMs, nowMs).map(async (one): Promise<SeenLoad> => {
      const [found, job] = await Promise.all([
        readers.loads.found(one, localOffices),
        // Where jobs are may be what is broken: what is there of a run is known all the same.
        readers.loads.jobs.state(one).catch(() => null),
      ]);
      const runs = job?.is === 'running' ? `${job.where}, order ${job.id}` : null;
      return { ...one, standing: standingOf(one.load, found, localOffices), runs };
    }),
  );
  return catchUp(seen, environment, nowMs, asked.late);
}

import type { Readers } from '../core/ports.ts';
import type { Settings } from './settings.ts';

/** Readers of load types: their jobs, and what they wrote where. */
export async function openLoadReaders(
  settings: Settings,
  { rabbit, docker, s3 }: Pick<Readers, 'rabbit' | 'docker' | 's3'>,
): Promise<Readers['loads']> {
  const { createLoadJobs } = await import('../services/loads/jobs.ts');
  const { createFoundWrites } = await import('../services/loads/found-writes.ts');
  const { countRows } = await import('../services/mysql/count-rows.ts');
  const { hostReaders } = await import('../services/host/reader.ts');
  const { timezone, loadTypes, localOffices, components, hosts, rabbitmq, mysql } = await settings.environment();
  return {
    jobs: createLoadJobs({ components, hostOf: hostReaders(hosts), docker }),
    found: createFoundWrites({
      timezone,
      loadTypes,
      localOffices,
      vhost: rabbitmq?.vhost ?? '/',
      count: mysql === null ? null : async (question) => countRows(await settings.mysql(), question),
      rabbit,
      s3,
    }),
  };
}

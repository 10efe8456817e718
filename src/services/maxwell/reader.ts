import type { MaxwellReader } from '../../core/ports-cdc.ts';
import type { MysqlAccess } from '../mysql/connect.ts';
import { locate } from './locate.ts';
import { preview } from './preview.ts';
import type { MaxwellIdentity } from './scene.ts';
import { maxwellStatus, sampleHeartbeat } from './status.ts';

/** Reads Maxwell's tables and the binlog; `access` is asked for when it is first needed. */
export function createMaxwellReader(access: () => Promise<MysqlAccess>, identity: MaxwellIdentity): MaxwellReader {
  return {
    clientId: identity.clientId,
    status: async () => maxwellStatus({ access: await access(), ...identity }),
    sample: async (ms) => sampleHeartbeat({ access: await access(), ...identity, ms }),
    locate: async (atMs, work) => locate({ access: await access(), ...identity, atMs, ...work }),
    preview: async ({ from, untilMs, allConsumed }, work) =>
      preview({
        access: await access(),
        ...identity,
        from: { file: from.file, offset: from.offset },
        ...(untilMs === null ? {} : { until: { atMs: untilMs } }),
        allConsumed,
        ...work,
      }),
  };
}

import { Fault } from '../../core/fault.ts';
import type { MaxwellReader } from '../../core/ports-cdc.ts';
import type { MysqlAccess } from '../mysql/connect.ts';
import { locate } from './locate.ts';
import { place } from './place.ts';
import { preview } from './preview.ts';
import type { MaxwellIdentity } from './scene.ts';
import { maxwellStatus, sampleHeartbeat, type HeartbeatLook } from './status.ts';

/**
 * Reads Maxwell's tables and the binlog; `access` is asked for when it is first needed. `filter`: Maxwell's setting of
 * that name, empty when it has none, null when it is not known; then, and when it can't be read, all rows are counted.
 */
export function createMaxwellReader(
  access: () => Promise<MysqlAccess>,
  identity: MaxwellIdentity & { readonly marginMs?: number },
  filter: () => Promise<string | null>,
): MaxwellReader {
  let known: HeartbeatLook | null = null;
  return {
    clientId: identity.clientId,
    status: async () => maxwellStatus({ access: await access(), ...identity }),
    sample: async (ms) => {
      const { first, ...sample } = await sampleHeartbeat({ access: await access(), ...identity, ms, since: known });
      known = first;
      return sample;
    },
    locate: async (atMs, work) => locate({ access: await access(), ...identity, atMs, ...work }),
    place: async (start, work) => place({ access: await access(), ...identity, start, signal: work.signal }),
    preview: async ({ from, untilMs, upTo, allConsumed, stoppedInOrder }, work) => {
      const known = await filterOf(filter);
      const seen = await preview({
        access: await access(),
        ...identity,
        from: { file: from.file, offset: from.offset },
        ...(untilMs === null ? {} : { until: { atMs: untilMs } }),
        ...(upTo === undefined ? {} : { until: { position: upTo } }),
        allConsumed,
        ...(stoppedInOrder === undefined ? {} : { stoppedInOrder }),
        filter: known.expression,
        ...work,
      });
      if (known.why === null) return seen;
      const why = `${known.why}; all rows are counted as sent`;
      return { ...seen, filter: { expression: '', applied: false, why }, warnings: [...seen.warnings, why] };
    },
  };
}

interface KnownFilter {
  readonly expression: string;
  /** Why it is not known. */
  readonly why: string | null;
}

async function filterOf(filter: () => Promise<string | null>): Promise<KnownFilter> {
  try {
    const expression = await filter();
    return expression === null
      ? { expression: '', why: "Maxwell's filter is taken from elsewhere than its configuration file" }
      : { expression, why: null };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return {
      expression: '',
      why: `Maxwell's filter could not be read (${error.problems[0].message.replace(/\.$/, '')})`,
    };
  }
}

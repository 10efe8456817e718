import type { Located } from '../../core/locate.ts';
import { chooseSchema } from '../../core/schema-choice.ts';
import type { MaxwellScene } from './scene.ts';
import type { FoundPlace } from './search.ts';

/** The part of a place that the choice of a schema goes by. */
type Chosen = Pick<FoundPlace, 'file' | 'offset' | 'gtidSet' | 'heartbeat' | 'heartbeatFrom'>;

/**
 * The schema that Maxwell will restore at a place, by its own rule, and the heartbeat that goes with the place. Where
 * none is known, that of the schema which holds there: it selects the same schema again.
 */
export function schemaAt(scene: MaxwellScene, place: Chosen): Pick<Located, 'schema' | 'heartbeat' | 'heartbeatFrom'> {
  const { tables, server, byGtid } = scene;
  const choose = (heartbeat: number | null) =>
    chooseSchema(tables.schemas, {
      position: { file: place.file, offset: place.offset },
      heartbeat,
      serverId: server.serverId,
      gtidSet: byGtid ? place.gtidSet : null,
    });
  const { heartbeat, heartbeatFrom } = place;
  if (heartbeat !== null) return { schema: choose(heartbeat), heartbeat, heartbeatFrom };
  const fallback = choose(Number.MAX_SAFE_INTEGER).chosen?.lastHeartbeatRead ?? null;
  return fallback === null
    ? { schema: choose(null), heartbeat, heartbeatFrom }
    : { schema: choose(fallback), heartbeat: fallback, heartbeatFrom: 'schema-row' };
}

/** Says so where Maxwell works by GTID sets. */
export function byGtidWarning({ byGtid }: MaxwellScene): readonly string[] {
  return byGtid
    ? [
        'Maxwell works by GTID sets here: it starts from the set, and chooses the newest schema whose set lies within it.',
      ]
    : [];
}

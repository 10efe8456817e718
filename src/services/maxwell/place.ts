import { positionText, type BinlogPosition } from '../../core/binlog-position.ts';
import { readGtidSet } from '../../core/given-gtid-set.ts';
import type { Located } from '../../core/locate.ts';
import type { ReplayStart } from '../../core/ports-cdc.ts';
import type { MysqlAccess } from '../mysql/connect.ts';
import { findBoundary, type Boundary } from './find-boundary.ts';
import { findGtidPlace } from './find-gtid-place.ts';
import { byGtidWarning, schemaAt } from './schema-at.ts';
import { readMaxwellScene, type MaxwellIdentity, type MaxwellScene } from './scene.ts';

/** A place that somebody gave. */
export interface PlaceOptions extends MaxwellIdentity {
  readonly access: MysqlAccess;
  readonly start: ReplayStart;
  readonly signal?: AbortSignal;
}

/**
 * Proves in the log that Maxwell can start at a place that was given. Reads only. Faults: of readMaxwellScene,
 * findBoundary and findGtidPlace.
 */
export async function place(options: PlaceOptions): Promise<Located> {
  const { access, start, signal } = options;
  const began = performance.now();
  const scene = await readMaxwellScene(access, options);
  const { position, warnings } =
    'gtidSet' in start
      ? await findGtidPlace({ access, scene, set: readGtidSet(start.gtidSet, scene.server.flavour), signal })
      : { position: start.position, warnings: [] };
  const found = await findBoundary({
    access,
    scene,
    position,
    beforeCommit: 'stored' in start && start.stored,
    signal,
  });
  const given = 'gtidSet' in start ? readGtidSet(start.gtidSet, scene.server.flavour).text : null;
  const heartbeat = 'position' in start ? (start.heartbeat ?? null) : null;
  const { server } = scene;
  const chosen = {
    ...position,
    gtidSet: given ?? found.gtidSet,
    heartbeat: heartbeat ?? found.heartbeat,
    heartbeatFrom: heartbeat !== null || found.heartbeat !== null ? ('binlog' as const) : null,
  };
  return {
    ...chosen,
    ...schemaAt(scene, chosen),
    proven: true,
    basis: given === null ? 'position' : 'gtid-set',
    why: whyWords(position, given, scene, found),
    atMs: null,
    distanceMs: null,
    marginMs: 0,
    before: found.before,
    after: found.after,
    ddls: [],
    stored: scene.stored,
    byGtid: scene.byGtid,
    provenBefore: null,
    serverId: scene.byGtid ? 0 : server.serverId,
    clockAheadMs: null,
    warnings: [...server.warnings, ...warnings, ...byGtidWarning(scene)],
    cost: {
      bytesRead: found.bytesRead,
      connections: 2,
      files: server.files.length,
      ms: Math.round(performance.now() - began),
    },
  };
}

function whyWords(
  position: BinlogPosition,
  given: string | null,
  { byGtid }: MaxwellScene,
  { beforeCommit }: Boundary,
): readonly string[] {
  const boundary = beforeCommit
    ? `All rows of a transaction end at ${positionText(position)}, and only its commit follows: Maxwell stores its position there.`
    : `A transaction may begin at ${positionText(position)}: read in the log.`;
  if (given === null) return [boundary];
  return [
    `${positionText(position)} begins the first transaction that is not in the set.`,
    byGtid ? 'Maxwell works by GTID sets here and starts from the set itself.' : boundary,
  ];
}

import { compareBinlogPositions, positionText } from '../../core/binlog-position.ts';
import { Fault } from '../../core/fault.ts';
import type { Located } from '../../core/locate.ts';
import { mysqlIdentity } from '../mysql/connect.ts';
import { readFileTimes } from './file-times.ts';
import { findProven, type ProvenPlace } from './find-proven.ts';
import { findUnproven } from './find-unproven.ts';
import { readMaxwellScene } from './scene.ts';
import { byGtidWarning, schemaAt } from './schema-at.ts';
import { defaultMarginMs, type FoundPlace, type LocateOptions, type Search } from './search.ts';
import { utc } from './utc.ts';

/**
 * Finds the place in the binlog from which Maxwell must start so that no change committed at or after a time is missed.
 * Reads only. Faults (exit blocked): those of readMaxwellScene and of dumpBinlog, `locate.future`, `locate.purged`.
 */
export async function locate(options: LocateOptions): Promise<Located> {
  const { access, atMs, marginMs = defaultMarginMs, signal } = options;
  const began = performance.now();
  const scene = await readMaxwellScene(access, options);
  const { server, owner } = scene;
  const where = mysqlIdentity(access.settings);
  if (atMs > server.nowMs + 1_000)
    throw new Fault({
      code: 'locate.future',
      message: `${utc(atMs)} is in the future: the clock of ${where} says ${utc(server.nowMs)}.`,
      where,
      exit: 'blocked',
      next: ['give a time that has passed; mind the zone'],
    });
  const times = readFileTimes(access, server.files, owner, signal);
  const oldest = server.files[0];
  const oldestMs = oldest === undefined ? Number.POSITIVE_INFINITY : (await times.of(0)).createdMs;
  if (oldestMs > atMs)
    throw new Fault({
      code: 'locate.purged',
      message: `The binary log reaches back to ${Number.isFinite(oldestMs) ? utc(oldestMs) : 'nothing'} (${oldest?.name ?? 'no file'}); ${utc(atMs)} is before that and was purged. Retention: ${server.retention.setting}.`,
      where,
      exit: 'blocked',
      next: [
        ...(Number.isFinite(oldestMs) ? [`begin with what is left: give ${utc(oldestMs + 1_000)} or later`] : []),
        `keep what is left: ${server.retention.raise} (it brings nothing back)`,
        'what was changed before that can only be found by reconciling: esr-ops reconcile --date DATE',
      ],
      details: { oldest: oldest?.name ?? null, oldestMs: Number.isFinite(oldestMs) ? oldestMs : null },
    });

  const search: Search = {
    ...options,
    marginMs,
    scene,
    times,
    oldestMs,
    progress: options.progress ?? (() => undefined),
  };
  const proven = await findProven(search);
  const dead = proven === null || atMs - proven.nextMs > marginMs;
  const unproven = dead ? await findUnproven(search) : null;
  // What is proven and as near is better.
  const certain = proven !== null && (unproven === null || compareBinlogPositions(proven, unproven) >= 0);
  const found = certain ? fromProven(proven, atMs) : (unproven ?? (await findUnproven(search)));
  options.progress?.(null);
  return {
    ...found,
    ...schemaAt(scene, found),
    atMs,
    stored: scene.stored,
    byGtid: scene.byGtid,
    provenBefore:
      proven !== null && !certain ? { file: proven.file, offset: proven.offset, heartbeat: proven.heartbeat } : null,
    serverId: scene.byGtid ? 0 : server.serverId,
    clockAheadMs: proven?.clockAheadMs ?? null,
    warnings: [
      ...server.warnings,
      ...found.warnings,
      ...byGtidWarning(scene),
      ...clockWarning(proven?.clockAheadMs ?? null),
    ],
    cost: {
      bytesRead: times.cost.bytesRead,
      connections: times.cost.connections + 1,
      files: server.files.length,
      ms: Math.round(performance.now() - began),
    },
  };
}

function fromProven(proven: ProvenPlace, atMs: number): FoundPlace {
  return {
    file: proven.file,
    offset: proven.offset,
    proven: true,
    basis: 'heartbeat',
    why: [
      `It is the end of Maxwell's own heartbeat of ${utc(proven.heartbeat)}, at ${positionText(proven)}.`,
      proven.bound === 'next-heartbeat'
        ? `Maxwell wrote its next one at ${utc(proven.nextMs)}, which it does only after this one is committed: all that stands before was committed before ${utc(atMs)}.`
        : `The server committed it at ${utc(proven.nextMs)}: all that stands before was committed no later.`,
    ],
    distanceMs: atMs - proven.heartbeat,
    marginMs: 0,
    gtidSet: proven.gtidSet,
    heartbeat: proven.heartbeat,
    heartbeatFrom: 'binlog',
    before: proven.before,
    after: proven.after,
    ddls: proven.ddls,
    warnings: [],
  };
}

function clockWarning(aheadMs: number | null): string[] {
  return aheadMs === null || Math.abs(aheadMs) <= 2_000
    ? []
    : [
        `The database's clock is about ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} Maxwell's; heartbeats are on Maxwell's clock. Take the time that much earlier if it is from another clock.`,
      ];
}

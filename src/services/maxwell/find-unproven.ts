import { positionText } from '../../core/binlog-position.ts';
import type { Located, NearbyEvent } from '../../core/locate.ts';
import { eventName, eventType } from '../mysql/event-types.ts';
import { gtidsBeforeFile } from './file-gtids.ts';
import { scanBinlog, type Scanned } from './scan.ts';
import { keepDdl, type FoundPlace, type Search } from './search.ts';
import { utc } from './utc.ts';

/** Start of a transaction that a replay could begin with. */
interface Place {
  readonly first: NearbyEvent;
  readonly file: string;
  readonly offset: number;
  readonly gtidSet: string | null;
  readonly before: NearbyEvent | null;
  /** Last own heartbeat before it, ms. */
  readonly heartbeat: number | null;
}

/** What a scan has come past. */
interface Seen {
  previous: Place | null;
  chosen: Place | null;
  /** Whether transactions carry their commit times. */
  byCommit: boolean;
  heartbeat: number | null;
  /** First event of the transaction that is being read. */
  first: NearbyEvent | null;
  fresh: boolean;
}

/** How far the server's own commit clock is trusted, ms: it may be set back by so much without harm. */
const commitClockMs = 1_000;
/** A header later than the server's clock by more than this is of a session that faked its time. */
const fakedAfterMs = 60_000;

/**
 * Finds a position by commit times where the server writes them, else by header times: one transaction before the
 * first that began at or after the wanted time less the margin.
 */
export async function findUnproven(search: Search): Promise<FoundPlace> {
  const { atMs, marginMs, times } = search;
  const threshold = atMs - marginMs;
  if (threshold <= search.oldestMs) return await atLogStart(search);
  let index = Math.max(0, await times.lastBegunBy(threshold));
  // A file's first header can be older than the file: of the statement that filled the one before.
  while (index > 0 && (await times.of(index)).createdMs < (await times.of(index - 1)).createdMs) index -= 1;
  for (; index > 0; index -= 1) {
    const found = await scanFrom(search, index);
    if (found !== null) return found;
  }
  return (await scanFrom(search, 0)) ?? (await atLogStart(search));
}

async function scanFrom(search: Search, index: number): Promise<FoundPlace | null> {
  const { access, atMs, marginMs, scene, times, signal, progress } = search;
  const threshold = Math.floor((atMs - marginMs) / 1000);
  const faked = (scene.server.nowMs + fakedAfterMs) / 1000;
  const file = scene.server.files[index]?.name ?? '';
  const total = scene.server.files[index]?.bytes ?? null;
  const sinceMs = Date.now();
  const seen: Seen = { previous: null, chosen: null, byCommit: false, heartbeat: null, first: null, fresh: true };
  let events = 0;
  const ddls: Located['ddls'][number][] = [];

  const placeOf = (scanned: Scanned): Place => ({
    ...scanned.transaction.start,
    first: seen.first ?? scanned.last,
    gtidSet: scanned.gtidSetBefore(),
    before: scanned.before,
    heartbeat: seen.heartbeat,
  });
  const { bytesRead } = await scanBinlog({
    access,
    file,
    owner: scene.owner,
    signal,
    event: ({ header, file: at, end }) => {
      events += 1;
      if ((events & 0x3f_ff) === 0 && at === file)
        progress({ label: `reading ${file}`, done: end, total, unit: 'bytes', sinceMs });
      if (seen.fresh && header.type >= 2 && !fileEvents.has(header.type)) {
        seen.first = { event: eventName(header.type), atMs: header.timestamp * 1000, end: { file: at, offset: end } };
        seen.fresh = false;
      }
      return true;
    },
    transaction: (scanned) => {
      const { transaction } = scanned;
      seen.fresh = true;
      const commits = transaction.committedMicros;
      if (seen.chosen === null || seen.byCommit) {
        const late =
          commits === null
            ? transaction.latestSeconds >= threshold && transaction.latestSeconds < faked
            : commits >= (atMs - commitClockMs) * 1000;
        seen.byCommit = commits !== null;
        if (late) {
          seen.chosen = commits === null ? seen.previous : placeOf(scanned);
          if (seen.chosen === null) return false;
          keepDdl(ddls, scanned);
          return transaction.latestSeconds * 1000 < atMs && !seen.byCommit;
        }
        seen.previous = placeOf(scanned);
        if (scanned.heartbeat !== null) seen.heartbeat = scanned.heartbeat;
        return true;
      }
      keepDdl(ddls, scanned);
      return transaction.latestSeconds * 1000 < atMs && transaction.latestSeconds < faked;
    },
  });
  times.cost.bytesRead += bytesRead;
  times.cost.connections += 1;
  // Nothing began after the threshold: the last transaction of the log, if this reading began with any.
  const place = seen.chosen ?? seen.previous;
  if (place === null) return null;
  const known = place.heartbeat;
  const dead = known === null && scene.lastHeartbeat !== null && scene.lastHeartbeat < atMs - marginMs;
  const margin = seen.byCommit ? commitClockMs : marginMs;
  return {
    file: place.file,
    offset: place.offset,
    proven: false,
    basis: seen.byCommit ? 'commit-timestamps' : 'header-times',
    why: [
      `No heartbeat of Maxwell's proves a position for ${utc(atMs)}.`,
      seen.byCommit
        ? `${positionText(place)} begins the first transaction that the server committed at or after ${utc(atMs - margin)}, by its own clock.`
        : `${positionText(place)} begins the transaction before the first one whose statement began at or after ${utc(atMs - margin)}: a margin of ${Math.round(margin / 1000)} s, because the log holds when statements began, not when they were committed.`,
    ],
    distanceMs: atMs - place.first.atMs,
    marginMs: margin,
    gtidSet: place.gtidSet,
    heartbeat: known ?? (dead ? scene.lastHeartbeat : null),
    heartbeatFrom: known !== null ? 'binlog' : dead ? 'heartbeats-table' : null,
    before: place.before,
    after: place.first,
    ddls,
    warnings: [],
  };
}

const fileEvents = new Set<number>([
  eventType.formatDescription,
  eventType.rotate,
  eventType.stop,
  eventType.previousGtids,
  eventType.mariadbGtidList,
  161,
  164,
]);

/** The beginning of the log as it is left: less than the margin before the wanted time. */
async function atLogStart({ access, atMs, oldestMs, scene, times, signal }: Search): Promise<FoundPlace> {
  const file = scene.server.files[0]?.name ?? scene.server.end.file;
  times.cost.connections += 1;
  return {
    file,
    offset: 4,
    proven: false,
    basis: 'log-start',
    why: [
      `The log begins at ${utc(oldestMs)} with ${file}, less than the margin before ${utc(atMs)}: all that is left is replayed.`,
    ],
    distanceMs: atMs - oldestMs,
    marginMs: atMs - oldestMs,
    gtidSet: await gtidsBeforeFile(access, file, signal),
    heartbeat: null,
    heartbeatFrom: null,
    before: null,
    after: null,
    ddls: [],
    warnings: [`The margin is ${Math.round((atMs - oldestMs) / 1000)} s only: the log reaches no further back.`],
  };
}

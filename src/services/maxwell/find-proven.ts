import { compareBinlogPositions, type BinlogPosition } from '../../core/binlog-position.ts';
import type { Located, NearbyEvent } from '../../core/locate.ts';
import { eventName, eventType } from '../mysql/event-types.ts';
import { scanBinlog } from './scan.ts';
import { keepDdl, type Search } from './search.ts';

/** An own heartbeat of which it is known that it was committed by the wanted time. */
export interface ProvenPlace extends BinlogPosition {
  /** Its value, ms. */
  readonly heartbeat: number;
  /** The time by which it is known to be committed, ms: Maxwell's next heartbeat, or the server's commit time. */
  readonly nextMs: number;
  readonly bound: 'next-heartbeat' | 'commit-time';
  readonly gtidSet: string | null;
  readonly before: NearbyEvent | null;
  readonly after: NearbyEvent | null;
  readonly ddls: Located['ddls'];
  /** Header time of the heartbeat less its value, ms. */
  readonly clockAheadMs: number;
}

interface Beat {
  readonly end: BinlogPosition;
  readonly value: number;
  readonly gtidSet: string | null;
  readonly committedMicros: number | null;
  readonly before: NearbyEvent;
  readonly headerMs: number;
  after: NearbyEvent | null;
  readonly ddls: Located['ddls'][number][];
}

/**
 * Finds the last own heartbeat that was surely committed at or before the wanted time. A heartbeat's value is when
 * Maxwell sent it; it may have been committed after the wanted time although its value is before. The next heartbeat,
 * sent after the one before was committed, proves it. Null when the log holds no such heartbeat within reach.
 */
export async function findProven(search: Search): Promise<ProvenPlace | null> {
  const { atMs, scene, times } = search;
  if (scene.lastHeartbeat === null) return null;
  // After Maxwell's death there is nothing to find later than its last heartbeat.
  const lookAt = Math.min(atMs, scene.lastHeartbeat);
  let index = await times.lastBegunBy(lookAt);
  let later: readonly Beat[] = [];
  let until: string | null = null;
  while (index >= 0) {
    const beats = await heartbeatsIn(search, index, until);
    const all = [...beats, ...later];
    const place = choose(all, atMs);
    if (place !== null) return place;
    const { createdMs } = await times.of(index);
    if (createdMs < lookAt - search.marginMs) return null;
    until = scene.server.files[index]?.name ?? null;
    later = all;
    index -= 1;
  }
  return null;
}

/** The last two heartbeats not after the wanted time, from a file on to another one or to the first heartbeat after it. */
async function heartbeatsIn(search: Search, index: number, until: string | null): Promise<Beat[]> {
  const { access, atMs, scene, times, signal, progress } = search;
  const { files } = scene.server;
  const file = files[index]?.name ?? '';
  const sinceMs = Date.now();
  const total = files[index]?.bytes ?? null;
  let beats: Beat[] = [];
  let waiting: Beat | null = null;
  let events = 0;
  const tooLate = Math.ceil((atMs + search.marginMs) / 1000);
  const { bytesRead } = await scanBinlog({
    access,
    file,
    owner: scene.owner,
    signal,
    event: ({ header, file: at, end }) => {
      if (at === until) return false;
      events += 1;
      if ((events & 0x3f_ff) === 0 && at === file)
        progress({ label: `reading ${file}`, done: end, total, unit: 'bytes', sinceMs });
      if (waiting !== null && header.type !== eventType.rotate) {
        waiting.after = {
          event: eventName(header.type),
          atMs: header.timestamp * 1000,
          end: { file: at, offset: end },
        };
        waiting = null;
      }
      // A new file long after the wanted time: Maxwell was not writing.
      return !(header.type === eventType.formatDescription && at !== file && header.timestamp > tooLate);
    },
    transaction: (scanned) => {
      const { heartbeat, transaction, last } = scanned;
      if (heartbeat === null) {
        for (const beat of beats) keepDdl(beat.ddls, scanned);
        return true;
      }
      if (heartbeat > atMs) return false;
      waiting = {
        end: transaction.end,
        value: heartbeat,
        gtidSet: scanned.gtidSetAfter(),
        committedMicros: transaction.committedMicros,
        before: last,
        headerMs: transaction.latestSeconds * 1000,
        after: null,
        ddls: [],
      };
      beats = [...beats.slice(-1), waiting];
      // Nothing of this Maxwell comes after the last one that it wrote.
      return heartbeat !== scene.lastHeartbeat || atMs < heartbeat;
    },
  });
  times.cost.bytesRead += bytesRead;
  times.cost.connections += 1;
  return beats;
}

function choose(beats: readonly Beat[], atMs: number): ProvenPlace | null {
  const [last, one] = [beats.at(-1), beats.at(-2)];
  if (last === undefined) return null;
  const place = (beat: Beat, nextMs: number, bound: ProvenPlace['bound']): ProvenPlace => ({
    ...beat.end,
    heartbeat: beat.value,
    nextMs,
    bound,
    gtidSet: beat.gtidSet,
    before: beat.before,
    after: beat.after,
    ddls: beat.ddls,
    clockAheadMs: beat.headerMs - Math.floor(beat.value / 1000) * 1000,
  });
  if (last.committedMicros !== null && last.committedMicros <= atMs * 1000)
    return place(last, Math.floor(last.committedMicros / 1000), 'commit-time');
  // Values that go backwards say that Maxwell's clock was set; then the later one bounds nothing.
  if (one === undefined || one.value > last.value || compareBinlogPositions(one.end, last.end) >= 0) return null;
  return place(one, last.value, 'next-heartbeat');
}

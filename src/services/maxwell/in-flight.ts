import { compareBinlogPositions } from '../../core/binlog-position.ts';
import type { Transaction } from '../mysql/transactions.ts';
import type { MaxwellScene } from './scene.ts';

/** A Maxwell that died lived on for no longer than this after its last heartbeat, or it would have written another, ms. */
const heartbeatIntervalMs = 11_000;

/** Maxwell stores its position every second: read a heartbeat, store it, and be at the next store, with room, ms. */
const storedWithinMs = 3_000;

/**
 * Counts what Maxwell may have published after it last stored its position: nothing when it was told to stop and stored
 * it at its last heartbeat; little when it only looks so, since the next store would have come a second later.
 */
export function watchInFlight({ stored, lastHeartbeat }: MaxwellScene, toldToStop: boolean): InFlight {
  const nextStore = (lastHeartbeat ?? 0) + storedWithinMs;
  const aliveUntil = lastHeartbeat === null ? 0 : lastHeartbeat + heartbeatIntervalMs;
  const at = stored?.position ?? null;
  let [rows, rowsOfASecond] = [0, 0];
  let atHeartbeat = false;
  return {
    add: (count, latestSeconds) => {
      if (latestSeconds * 1000 <= aliveUntil) rows += count;
      if (latestSeconds * 1000 <= nextStore) rowsOfASecond += count;
    },
    // Asked to stop, Maxwell writes a heartbeat, reads it, and stores the position behind it: its last act.
    heartbeat: (value, transaction) => {
      if (value !== lastHeartbeat || at === null) return;
      atHeartbeat =
        compareBinlogPositions(at, transaction.start) > 0 && compareBinlogPositions(at, transaction.end) <= 0;
    },
    rows: () => (!atHeartbeat ? rows : toldToStop ? 0 : rowsOfASecond),
    stoppedInOrder: () => atHeartbeat && toldToStop,
  };
}

interface InFlight {
  add(rows: number, latestSeconds: number): void;
  heartbeat(value: number, transaction: Transaction): void;
  rows(): number;
  stoppedInOrder(): boolean;
}

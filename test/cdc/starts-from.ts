import type { Connection } from 'mysql2/promise';
import { expect } from 'vitest';
import { until } from '../../src/lab/until.ts';
import { locate } from '../../src/services/maxwell/locate.ts';
import type { MysqlAccess } from '../../src/services/mysql/connect.ts';
import { positionRow } from './cdc-lab.ts';

/** A Maxwell, or a stand-in for it, that is stopped and started by hand. */
export interface Startable {
  readonly clientId: string;
  readonly schemaDatabase: string;
  readonly access: MysqlAccess;
  readonly root: Connection;
  /** Returns when it is done. */
  control(verb: 'start' | 'stop'): Promise<unknown>;
  /** What it has said so far. */
  log(): Promise<string>;
}

/** Starts it from the positions that are located for so many times of a span, and sees it read on from each. */
export async function startsFrom(
  it: Startable,
  { from, to, count, random }: { from: number; to: number; count: number; random: () => number },
): Promise<void> {
  const { clientId, schemaDatabase, access } = it;
  await it.control('stop');
  for (let at = 0; at < count; at += 1) {
    const atMs = Math.floor(from + random() * (to - from));
    const found = await locate({ access, clientId, schemaDatabase, atMs, marginMs: 5_000 });
    expect(found.schema.chosen).not.toBeNull();
    await it.root.query(
      'UPDATE maxwell.positions SET binlog_file = ?, binlog_position = ?, last_heartbeat_read = ? WHERE client_id = ?',
      [found.file, found.offset, found.heartbeat, clientId],
    );
    const began = Date.now();
    await it.control('start');
    await until(
      'a heartbeat of its own to be read back',
      async () => Number((await positionRow(it.root, clientId))?.['last_heartbeat_read']) > began,
      { atMostMs: 90_000 },
    );
    await it.control('stop');
    const said = await it.log();
    const mine = said.slice(said.lastIndexOf('is booting'));
    expect(mine).toContain(`starting at Position[BinlogPosition[${found.file}:${found.offset}]`);
    expect(mine).toContain(`Setting initial binlog pos to: ${found.file}:${found.offset}`);
    expect(mine).toMatch(/Restoring schema id \d+/);
    expect(mine).not.toMatch(/ERROR|capturing initial schema/);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { sha256 } from '../../core/json.ts';
import { Fault } from '../../core/fault.ts';
import type { HeldLock, LockHolder } from '../state/host-lock.ts';
import { connectMysql, mysqlIdentity, type MysqlAccess } from './connect.ts';
import { heldElsewhere } from './fleet-lock-holder.ts';

/** Which lock to take and who takes it. */
export interface FleetLockOptions extends Pick<MysqlAccess, 'settings' | 'password'> {
  /** Any text; one that MySQL does not take as a lock's name is hashed. */
  readonly name: string;
  readonly holder: LockHolder;
}

/** Ms for a server to close a connection in order. */
const farewellMs = 1_000;

/** Longest that MariaDB and MySQL let a session be idle, in seconds (a year). */
const longestIdle = 31_536_000;

/**
 * Takes the lock that all operators of one database share, or throws a Fault `lock.held` (exit locked) that names the
 * holder as far as the server knows it. The lock is GET_LOCK on a connection of its own: the server frees it when
 * that connection ends, however it ends. Needs no privilege; seeing another's run needs PROCESS and the
 * performance schema. Faults of connecting are those of connectMysql.
 */
export async function acquireFleetLock({ settings, password, name, holder }: FleetLockOptions): Promise<HeldLock> {
  const lock = lockName(name);
  const connection = await connectMysql({ settings, password, attributes: attributesOf(holder) });
  const ask = async (sql: string, ...values: readonly (string | number)[]): Promise<RowDataPacket> => {
    const [rows] = await connection.query<RowDataPacket[]>({ sql, values: [...values], timeout: settings.timeoutMs });
    return rows[0] ?? ({} as RowDataPacket);
  };
  try {
    await connection.query({ sql: `SET SESSION wait_timeout = ${longestIdle}`, timeout: settings.timeoutMs });
    // The holder may end between our two looks; then the lock is free and is ours to take.
    for (let tries = 1; ; tries += 1) {
      const { got } = (await ask('SELECT GET_LOCK(?, 0) AS got', lock)) as { got?: number | null };
      if (got === 1) return heldBy(connection, lock, ask);
      const { id } = (await ask('SELECT IS_USED_LOCK(?) AS id', lock)) as { id?: number | null };
      if (typeof id === 'number') throw await heldElsewhere(connection, settings, lock, id);
      if (tries >= 20) throw notTaken(settings, 'the server neither gives it nor says who has it');
    }
  } catch (error) {
    connection.destroy();
    if (error instanceof Fault) throw error;
    throw notTaken(settings, error instanceof Error ? error.message : String(error));
  }
}

/** A name that MySQL takes: 64 characters at most, the same in every character set and in upper and lower case. */
export function lockName(name: string): string {
  return /^[a-z0-9 !-@[-`{-~]{1,64}$/.test(name) ? name : `esr-ops/${sha256(name).slice(0, 48)}`;
}

function attributesOf({ user, host, pid, run, since }: LockHolder): Readonly<Record<string, string>> {
  // The server keeps 512 bytes of them by default.
  const short = (text: string): string => text.slice(0, 60);
  return {
    esr_ops_run: short(run),
    esr_ops_user: short(user),
    esr_ops_host: short(host),
    esr_ops_pid: String(pid),
    esr_ops_since: short(since),
  };
}

function heldBy(
  connection: Connection,
  lock: string,
  ask: (sql: string, ...values: readonly (string | number)[]) => Promise<RowDataPacket>,
): HeldLock {
  let released = false;
  return {
    async held() {
      if (released) return false;
      try {
        const { mine } = (await ask('SELECT IS_USED_LOCK(?) = CONNECTION_ID() AS mine', lock)) as { mine?: unknown };
        return mine === 1;
      } catch {
        // No answer on the connection that holds it: the server may have given it to somebody else. Whatever is asked
        // next would wait behind this question, without a limit.
        released = true;
        connection.destroy();
        return false;
      }
    },
    async release() {
      if (released) return;
      released = true;
      try {
        await ask('SELECT RELEASE_LOCK(?) AS released', lock);
        await Promise.race([connection.end(), sleep(farewellMs, undefined, { ref: false })]);
      } catch {
        // The server frees it with the connection.
      } finally {
        connection.destroy();
      }
    },
  };
}

function notTaken(settings: FleetLockOptions['settings'], why: string): Fault {
  return new Fault({
    code: 'lock.not-taken',
    message: `The lock that operators share could not be taken on ${mysqlIdentity(settings)}: ${why}.`,
    where: mysqlIdentity(settings),
    exit: 'unreachable',
    next: ['esr-ops config check', 'or go on without it: --no-fleet-lock --reason TEXT'],
  });
}

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { openChangeRecorder } from '../cdc/change-record.ts';
import { planTransaction, type Statement } from '../cdc/plan-transaction.ts';
import type { ProgramControl } from './program-control.ts';

/** What the writer of rows does. */
export interface RowsWriterConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Transactions each second. */
  readonly perSecond: number;
  /** File that gets a line before and after each commit. */
  readonly record: string;
}

/** After so many transactions: a table gets a column or loses it again, and the binlog goes on in a new file. */
const ddlEvery = 150;
const rotateEvery = 60;

/**
 * Changes rows of TIS's tables at a steady rate until it is told to stop: single and many rows, and now and then a
 * transaction that stays open for seconds beside the others. What is about to be committed is written down before, and
 * what became of it after. Frozen, it begins nothing new.
 */
export async function runRowsWriter(config: RowsWriterConfig, control: ProgramControl): Promise<void> {
  const { createConnection } = (await import('mysql2/promise')).default;
  const recorder = openChangeRecorder(config.record);
  const batch = randomBytes(4).toString('hex');
  const open = async (): Promise<Connection> => {
    const { host, port, user, password } = config;
    const connection = await createConnection({ host, port, user, password });
    connection.on('error', () => undefined);
    // Without locks on gaps, the long transactions hold nobody up.
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    return connection;
  };
  let made = 0;
  const busy = new Set<Promise<void>>();

  const carryOut = async (connection: Connection, name: string, work: readonly Statement[], pause: number) => {
    const marks = work.filter(({ changes }) => changes.length > 0);
    let intended = false;
    try {
      await connection.query('START TRANSACTION');
      for (const { sql } of marks) {
        await connection.query(sql);
        if (pause > 0) await sleep(pause, undefined, { signal: control.stopped }).catch(() => undefined);
      }
      recorder.write({
        event: 'committing',
        transaction: name,
        at: Date.now(),
        changes: marks.flatMap(({ changes }) => changes),
      });
      intended = true;
      await connection.query('COMMIT');
      recorder.write({ event: 'committed', transaction: name, at: Date.now() });
    } catch (error) {
      if (intended) recorder.write({ event: 'gave-up', transaction: name, at: Date.now() });
      throw error;
    }
  };

  const aside = async (name: string, work: readonly Statement[]): Promise<void> => {
    const connection = await open();
    try {
      await carryOut(connection, name, work, 400);
    } finally {
      await connection.end().catch(() => undefined);
    }
  };

  control.onFreeze(async () => {
    await Promise.allSettled([...busy]);
  });
  try {
    const state: { connection: Connection | undefined; wide: boolean } = { connection: undefined, wide: false };
    const change = async (name: string): Promise<void> => {
      const connection = (state.connection ??= await open());
      if (made % ddlEvery === 0) {
        await connection.query(
          `ALTER TABLE tcs.Post ${state.wide ? 'DROP COLUMN legacy' : 'ADD COLUMN legacy int NULL'}`,
        );
        state.wide = !state.wide;
      }
      if (made % rotateEvery === 0) await connection.query('FLUSH LOCAL BINARY LOGS');
      const { long, statements } = planTransaction(name, made);
      if (long) void track(aside(name, statements));
      else await carryOut(connection, name, statements, 0);
    };
    while (!control.stopped.aborted) {
      await sleep(1000 / config.perSecond, undefined, { signal: control.stopped }).catch(() => undefined);
      if (control.frozen()) continue;
      made += 1;
      const one = change(`${batch}-${String(made).padStart(6, '0')}`);
      await track(
        one.catch(() => {
          state.connection?.destroy();
          state.connection = undefined;
        }),
      );
    }
    await Promise.allSettled([...busy]);
    await state.connection?.end().catch(() => undefined);
  } finally {
    recorder.close();
  }

  function track(work: Promise<void>): Promise<void> {
    const settled = work.catch(() => undefined);
    busy.add(settled);
    void settled.then(() => busy.delete(settled));
    return settled;
  }
}

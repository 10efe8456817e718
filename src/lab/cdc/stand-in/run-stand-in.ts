import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { standInLabel } from '../find-maxwell.ts';
import { readProperties } from '../maxwell-properties.ts';
import { bookkeeping, ensureTables } from './bookkeeping.ts';
import { isNewer, positionText, type Position } from './position.ts';
import { openPublisher } from './publisher.ts';
import { readChanges } from './read-changes.ts';
import { rowMessage } from './row-message.ts';
import { chooseSchema, storeChange } from './schema-store.ts';

/** A heartbeat is due after so many bytes, in a new file, or after so many milliseconds. */
const beatBytes = 3_000;
const beatMs = 10_000;
/** Milliseconds between two writes of the position. */
const tick = 1_000;
/** Longest wait for the final heartbeat to be read. */
const lastBeatMs = 5_000;

/**
 * Captures changes as Maxwell does, with its tables and by its rules, until SIGTERM; for machines where the real one
 * can't be had. Says in its first line, and in the name of its connection, what it is.
 * @returns the exit code: 0 stopped in order, 1 failed, 2 the binlog that it needs is not there
 */
export async function runStandIn(propertiesFile: string, write: (line: string) => void): Promise<number> {
  const log = (text: string): void => {
    write(`${new Date().toISOString().slice(11, 23).replace('.', ',')} ${text}`);
  };
  log(`INFO  StandIn - this is the ${standInLabel}`);
  const settings = readProperties(await readFile(propertiesFile, 'utf8'));
  const get = (name: string, otherwise = ''): string => settings.get(name) ?? otherwise;
  const login = { host: get('host'), port: Number(get('port', '3306')), user: get('user'), password: get('password') };
  const { createConnection } = (await import('mysql2/promise')).default;
  const store = await createConnection(login);
  store.on('error', () => undefined);
  const clientId = get('client_id', 'maxwell');
  const stopped = new AbortController();
  const onSignal = (): void => {
    stopped.abort();
  };
  process.on('SIGTERM', onSignal);
  try {
    const { serverId } = await ensureTables(store, get('schema_database', 'maxwell'), log);
    const books = bookkeeping(store, serverId, clientId);
    const publisher = await openPublisher({
      host: get('rabbitmq_host'),
      port: Number(get('rabbitmq_port', '5672')),
      vhost: get('rabbitmq_virtual_host', '/'),
      user: get('rabbitmq_user', 'guest'),
      password: get('rabbitmq_pass', 'guest'),
      exchange: get('rabbitmq_exchange', 'maxwell'),
      type: get('rabbitmq_exchange_type', 'fanout'),
      durable: get('rabbitmq_exchange_durable') === 'true',
      persistent: get('rabbitmq_message_persistent') === 'true',
    });
    let position: Position = (await books.stored()) ?? (await books.current());
    let storedPosition = position;
    await books.store(position);
    log(`INFO  Maxwell - Maxwell v0-stand-in is booting (RabbitmqProducer), starting at ${positionText(position)}`);
    let schema = await chooseSchema(store, serverId, position, log);
    log(`INFO  BinlogConnectorReplicator - Setting initial binlog pos to: ${position.file}:${position.offset}`);

    let failure: Error | undefined;
    const give = (error: unknown): void => {
      failure ??= error instanceof Error ? error : new Error(String(error));
      stopped.abort();
    };
    const moveTo = (next: Position): void => {
      if (isNewer(next, position) || next.lastHeartbeat > position.lastHeartbeat) position = next;
    };
    const stream = await readChanges({
      login,
      // Any number that no server of the replication has.
      serverId: randomInt(1_000_000, 2_000_000_000),
      from: position,
      own: { database: get('schema_database', 'maxwell'), clientId },
      captured: (database) => database === 'tcs',
      log,
      onTransaction: (rows, xid) => {
        rows.forEach((row, offset) => {
          publisher.publish(
            `${row.database}.${row.table}`,
            rowMessage(row, { xid, offset, last: offset === rows.length - 1 }),
          );
        });
      },
      onPosition: moveTo,
      onSchemaChange: async (at, change) => {
        schema = await storeChange(store, serverId, at, schema, change, log);
      },
      onFailure: give,
    });

    let beatFrom = position;
    let beatAt = 0;
    let beat: Promise<number> | undefined;
    while (!stopped.signal.aborted) {
      try {
        if (isNewer(position, storedPosition) || position.lastHeartbeat > storedPosition.lastHeartbeat) {
          const next = position;
          await books.store(next);
          storedPosition = next;
        }
        const due =
          position.file !== beatFrom.file ||
          position.offset - beatFrom.offset > beatBytes ||
          Date.now() - beatAt >= beatMs;
        if (due) {
          beatFrom = position;
          beatAt = Date.now();
          beat = books.beat();
          await beat;
        }
      } catch (error) {
        give(error);
      }
      await sleep(tick, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    if (failure === undefined) {
      const final = await books.beat();
      log(`INFO  MaxwellContext - Sending final heartbeat: ${final}`);
      const until = Date.now() + lastBeatMs;
      // What follows the heartbeat stays for the next start, as with Maxwell.
      while (position.lastHeartbeat < final && Date.now() < until) await sleep(20);
      if (position.lastHeartbeat < final) log(`WARN  MaxwellContext - Timed out waiting for heartbeat ${final}`);
    }
    stream.stop();
    if (isNewer(position, storedPosition) || position.lastHeartbeat > storedPosition.lastHeartbeat) {
      log(`INFO  PositionStoreThread - Storing final position: ${positionText(position)}`);
      await books.store(position);
    }
    await publisher.close();
    if (failure === undefined) return 0;
    throw failure;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log(`ERROR TaskManager - cause: ${message}`);
    return isBinlogMissing(error) ? 2 : 1;
  } finally {
    process.off('SIGTERM', onSignal);
    store.destroy();
  }
}

function isBinlogMissing(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && error.errno === 1236;
}

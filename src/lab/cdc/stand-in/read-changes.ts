import type { BinlogEvent, RotateEvent, TableMapEntry } from '@vlasky/zongji';
import type { Position } from './position.ts';
import type { RowChange } from './row-message.ts';

/** Whose binlog is read from where, and who is told what. */
export interface ChangeReading {
  readonly login: { readonly host: string; readonly port: number; readonly user: string; readonly password: string };
  /** Number that the server knows the reader by. */
  readonly serverId: number;
  readonly from: Position;
  /** Where the own heartbeats are. */
  readonly own: { readonly database: string; readonly clientId: string };
  /** Whether changes in a database are wanted. */
  readonly captured: (database: string) => boolean;
  readonly log: (line: string) => void;
  /** A committed transaction with at least one wanted row. */
  readonly onTransaction: (rows: readonly RowChange[], xid: number) => void;
  /** How far everything is dealt with: the end of the last row's event, as Maxwell counts. */
  readonly onPosition: (position: Position) => void;
  readonly onSchemaChange: (at: Position, change: { database: string; sql: string }) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** What of an event is looked at; zongji's own types do not tell events apart by name. */
type Event = BinlogEvent & {
  readonly query?: string;
  readonly schema?: string;
  readonly xid?: number | string;
  readonly tableId?: number;
  readonly tableMap?: Record<number, TableMapEntry>;
  readonly rows?: readonly (Record<string, unknown> & {
    readonly before?: Record<string, unknown>;
    readonly after?: Record<string, unknown>;
  })[];
};

const kinds = { writerows: 'insert', updaterows: 'update', deleterows: 'delete' } as const;

/** Reads the binlog from a position on until `stop`. */
export async function readChanges(reading: ChangeReading): Promise<{ stop(): void }> {
  const { default: ZongJi } = await import('@vlasky/zongji');
  const { login, from, own, log, onPosition } = reading;
  const zongji = new ZongJi({ ...login, dateStrings: true, timezone: 'Z', supportBigNumbers: true });
  let file = from.file;
  /** End of the event before this one. */
  let before = from.offset;
  let heartbeat = from.lastHeartbeat;
  let inTransaction = false;
  let rows: RowChange[] = [];
  let last: Position | undefined;
  let pending = Promise.resolve();

  const begin = (): void => {
    inTransaction = true;
    rows = [];
    last = undefined;
  };
  const commit = (xid: number): void => {
    if (rows.length > 0) reading.onTransaction(rows, xid);
    if (last !== undefined) onPosition(last);
    inTransaction = false;
    rows = [];
    last = undefined;
  };
  const takeRows = (event: Event, kind: (typeof kinds)[keyof typeof kinds]): void => {
    const table = event.tableMap?.[event.tableId ?? -1];
    if (table === undefined) return;
    if (!inTransaction) {
      log(
        `WARN  BinlogConnectorReplicator - Started replication stream inside a transaction.  This shouldn't normally happen.`,
      );
      begin();
    }
    const { parentSchema: database, tableName, columnSchemas } = table;
    for (const row of event.rows ?? []) {
      const data = kind === 'update' ? (row.after ?? {}) : row;
      if (database === own.database && tableName === 'heartbeats') {
        if (data['client_id'] !== own.clientId) continue;
        heartbeat = Number(data['heartbeat']);
        last = { file, offset: event.nextPosition, lastHeartbeat: heartbeat };
      }
      if (!reading.captured(database)) continue;
      last = { file, offset: event.nextPosition, lastHeartbeat: heartbeat };
      rows.push({
        database,
        table: tableName,
        type: kind,
        ts: Math.floor(event.timestamp / 1000),
        position: `${file}:${before}`,
        data,
        ...(kind === 'update' ? { before: row.before ?? {} } : {}),
        digits: new Set(
          columnSchemas.flatMap(({ COLUMN_NAME, COLUMN_TYPE }) =>
            /^(decimal|bigint)/.test(COLUMN_TYPE) ? [COLUMN_NAME] : [],
          ),
        ),
      });
    }
  };
  const takeQuery = (event: Event): void => {
    const sql = (event.query ?? '').trim();
    if (/^BEGIN$/i.test(sql)) begin();
    else if (/^COMMIT$/i.test(sql)) commit(0);
    else if (/^(CREATE|ALTER|DROP|RENAME)\s+(TABLE|DATABASE|SCHEMA)/i.test(sql)) {
      const at = { file, offset: before, lastHeartbeat: heartbeat };
      // Both are taken now: by the time the change is filed, other events have been read.
      const after = { ...at, offset: event.nextPosition };
      const database = event.schema ?? '';
      pending = pending
        .then(() => reading.onSchemaChange(at, { database, sql }))
        .then(() => {
          onPosition(after);
        })
        .catch(reading.onFailure);
      inTransaction = false;
    }
  };
  const take = (event: Event): void => {
    const name = event.getEventName();
    switch (name) {
      case 'rotate':
        file = (event as unknown as RotateEvent).binlogName;
        before = 4;
        return;
      case 'mariadbgtid':
        begin();
        break;
      case 'query':
        takeQuery(event);
        break;
      case 'writerows':
      case 'updaterows':
      case 'deleterows':
        takeRows(event, kinds[name]);
        break;
      case 'xid':
        commit(Number(event.xid));
        break;
      default:
    }
    if (event.nextPosition > 0) before = event.nextPosition;
  };
  zongji.on('binlog', (event) => {
    try {
      take(event as unknown as Event);
    } catch (error) {
      reading.onFailure(error);
    }
  });
  zongji.on('error', (error) => {
    reading.onFailure(error);
  });
  zongji.on('ready', () => {
    log(`INFO  BinaryLogClient - Connected to ${login.host}:${login.port} at ${from.file}/${from.offset}`);
    log('INFO  BinlogConnectorLifecycleListener - Binlog connected.');
  });
  zongji.start({ serverId: reading.serverId, filename: from.file, position: from.offset });
  return {
    stop: () => {
      zongji.stop();
    },
  };
}

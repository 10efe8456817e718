import type { Readable } from 'node:stream';
import type { Connection } from 'mysql2/promise';
import { breakOff } from './connect.ts';

/** The part of the client library's connection without promises that streams. */
interface StreamingConnection {
  query(options: {
    readonly sql: string;
    readonly values: unknown;
    readonly rowsAsArray: true;
    readonly dateStrings: true;
  }): {
    stream(): Readable;
  };
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** Longest wait for the next row, ms: counting a large day takes a server minutes, and one that hangs never ends. */
const defaultRowMs = 600_000;

/**
 * Rows of an answer one after the other, each as an array in the order of its columns: memory does not depend on their
 * number. Dates are the server's text. Errors of the server come through as they are, and so does one of a server from
 * which no row comes for `rowMs`. Left early, the connection is good for nothing more.
 */
export async function* streamRows(
  connection: Connection,
  sql: string,
  values: readonly (string | number)[] = [],
  rowMs = defaultRowMs,
): AsyncIterableIterator<readonly unknown[]> {
  const client = streaming(connection);
  const rows = client.query({ sql, values: [...values], rowsAsArray: true, dateStrings: true }).stream();
  // Of a connection that is lost the client library tells the connection only: the rows would just never go on.
  const lost = (error: Error): void => {
    rows.destroy(error);
  };
  client.on('error', lost);
  // Not while a row is worked on: that is no silence of the server.
  let waiting = true;
  const late = setTimeout(() => {
    if (waiting) breakOff(connection, `no row came for ${rowMs / 1000} s`);
    else late.refresh();
  }, rowMs);
  try {
    for await (const row of rows) {
      waiting = false;
      yield row as readonly unknown[];
      waiting = true;
      late.refresh();
    }
  } finally {
    clearTimeout(late);
    client.off('error', lost);
  }
}

/** The library keeps it in a field that its types don't show. */
function streaming(connection: Connection): StreamingConnection {
  const inner: unknown = Reflect.get(connection, 'connection');
  if (typeof inner === 'object' && inner !== null && 'query' in inner && typeof inner.query === 'function')
    return inner as StreamingConnection;
  throw new TypeError('The database client has no connection that streams where one was expected.');
}

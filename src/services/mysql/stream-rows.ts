import type { Readable } from 'node:stream';
import type { Connection } from 'mysql2/promise';

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
}

/**
 * Rows of an answer one after the other, each as an array in the order of its columns: memory does not depend on their
 * number. Dates are the server's text. Errors of the server come through as they are. Left early, the connection is good for nothing more.
 */
export async function* streamRows(
  connection: Connection,
  sql: string,
  values: readonly (string | number)[] = [],
): AsyncIterableIterator<readonly unknown[]> {
  const rows = streaming(connection)
    .query({ sql, values: [...values], rowsAsArray: true, dateStrings: true })
    .stream();
  for await (const row of rows) yield row as readonly unknown[];
}

/** The library keeps it in a field that its types don't show. */
function streaming(connection: Connection): StreamingConnection {
  const inner: unknown = Reflect.get(connection, 'connection');
  if (typeof inner === 'object' && inner !== null && 'query' in inner && typeof inner.query === 'function')
    return inner as StreamingConnection;
  throw new TypeError('The database client has no connection that streams where one was expected.');
}

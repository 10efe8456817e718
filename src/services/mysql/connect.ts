import { readFile } from 'node:fs/promises';
import { connect as connectSocket, isIP, type Socket } from 'node:net';
import type { Connection } from 'mysql2/promise';
import type { MysqlSettings, TlsSettings } from '../../core/environment.ts';
import { Fault, type Problem } from '../../core/fault.ts';
import { visible } from '../../core/visible.ts';
import { systemErrorCode, systemErrorText } from '../state/system-error.ts';

/** How to reach a server as whom. */
export interface MysqlAccess {
  readonly settings: MysqlSettings;
  readonly password: string;
  /** Shown by the server to whoever asks who is connected; `program_name` is always esr-ops. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Ends the connection at once, whatever it waits for: a server that accepts and says nothing keeps nobody waiting. */
  readonly signal?: AbortSignal;
}

/**
 * Takes what a connection receives, once `take` is set, out of the client library's hands. Over plain TCP every piece
 * comes in the same memory and only lives during the call; TLS has no such way, and `take` is never called.
 */
export interface Received {
  take: ((bytes: Buffer) => void) | null;
}

/**
 * Opens a connection. Faults: `mysql.unreachable` (exit unreachable), `mysql.unauthorised`, `mysql.no-tls`,
 * `mysql.untrusted` and `mysql.tls-settings` (exit usage). The caller ends it. The client library is loaded here, at first use.
 */
export async function connectMysql(
  { settings, password, attributes = {}, signal }: MysqlAccess,
  received?: Received,
): Promise<Connection> {
  const { host, port, user, tls, timeoutMs } = settings;
  const ssl = tls === null ? {} : { ssl: await tlsOptions(settings, tls) };
  // By its default export: a bundle keeps no names of a CommonJS module that is imported when it is used.
  const { createConnection } = (await import('mysql2/promise')).default;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const opened: Socket[] = [];
  try {
    const connection = await createConnection({
      // The library verifies the certificate against `host`; the socket is connected to the real one.
      host: tls?.serverName ?? host,
      port,
      user,
      password,
      ...ssl,
      stream: () => {
        const socket: Socket = connectSocket({
          host,
          port,
          keepAlive: true,
          keepAliveInitialDelay: 10_000,
          noDelay: true,
          ...(received === undefined || tls !== null
            ? {}
            : {
                onread: {
                  buffer: Buffer.allocUnsafeSlow(receiveBytes),
                  callback: (length: number, memory: Uint8Array): boolean => {
                    const bytes = Buffer.from(memory.buffer, memory.byteOffset, length);
                    if (received.take === null) socket.emit('data', Buffer.from(bytes));
                    else received.take(bytes);
                    return true;
                  },
                },
              }),
        });
        signal?.addEventListener('abort', () => socket.destroy(), { once: true });
        // The library waits for the first octets only; a greeting may be slow or without an end.
        late.signal.addEventListener('abort', () => socket.destroy(noAnswer(timeoutMs)), { once: true });
        opened.push(socket);
        return socket;
      },
      connectTimeout: timeoutMs,
      connectAttributes: { program_name: 'esr-ops', ...attributes },
      charset: 'utf8mb4_general_ci',
      supportBigNumbers: true,
      multipleStatements: false,
    });
    // Without a listener a connection that is lost while idle would end the process; the next query tells of it.
    connection.on('error', () => undefined);
    for (const socket of opened) sockets.set(connection, socket);
    return connection;
  } catch (error) {
    throw connectionFault(error, settings);
  } finally {
    clearTimeout(timer);
  }
}

const sockets = new WeakMap<Connection, Socket>();

function noAnswer(ms: number): Error {
  return new Error(`no complete answer within ${ms} ms`);
}

/** Does something on a connection, which ends with an Error when more than `most` bytes come for it. */
export async function withinBytes<T>(connection: Connection, most: number, work: () => Promise<T>): Promise<T> {
  const socket = sockets.get(connection);
  if (socket === undefined) return await work();
  const from = socket.bytesRead;
  const count = (): void => {
    if (socket.bytesRead - from > most) socket.destroy(new Error(`its answer is larger than ${most / 2 ** 20} MiB`));
  };
  socket.on('data', count);
  try {
    return await work();
  } finally {
    socket.off('data', count);
  }
}

/** Ends a connection at once; whatever waits for an answer on it fails with the reason. */
export function breakOff(connection: Connection, why: string): void {
  sockets.get(connection)?.destroy(new Error(why));
}

/** Memory that a stream of bytes is received in. */
const receiveBytes = 262_144;

/** `mysql://user@host:port`: names the server and the account on screens. */
export function mysqlIdentity({ host, port, user }: MysqlSettings): string {
  return `mysql://${encodeURIComponent(user)}@${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

async function tlsOptions(
  settings: MysqlSettings,
  { ca, serverName }: TlsSettings,
): Promise<{ ca?: string; rejectUnauthorized: true; verifyIdentity: true; minVersion: 'TLSv1.2' }> {
  const problem = (message: string, next: string): Fault =>
    new Fault({ code: 'mysql.tls-settings', message, where: mysqlIdentity(settings), exit: 'usage', next: [next] });
  if (isIP(serverName ?? settings.host) !== 0)
    throw problem(
      `With TLS the server's name is verified, and ${serverName ?? settings.host} is an address.`,
      'set mysql.tls.serverName to the name in its certificate',
    );
  const strict = { rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' } as const;
  if (ca === undefined) return strict;
  try {
    return { ...strict, ca: await readFile(ca, 'utf8') };
  } catch (error) {
    throw problem(`The authorities in ${ca} can't be read: ${systemErrorText(error)}.`, 'correct mysql.tls.ca');
  }
}

const networkCodes = /^(E[A-Z]+|PROTOCOL_CONNECTION_LOST|ER_CON_COUNT_ERROR|ER_HOST_IS_BLOCKED)$/;
const accountCodes =
  /^(ER_ACCESS_DENIED|ER_HOST_NOT_PRIVILEGED|ER_NOT_SUPPORTED_AUTH|ER_ACCOUNT|ER_MUST_CHANGE|ER_DBACCESS)/;
const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|ISSUER/;

function connectionFault(error: unknown, settings: MysqlSettings): Fault {
  const where = mysqlIdentity(settings);
  const code = systemErrorCode(error) ?? '';
  const said = visible(error instanceof Error ? error.message : String(error));
  const fault = (problem: Pick<Problem, 'code' | 'message' | 'exit'>, ...next: readonly string[]): Fault =>
    new Fault({ ...problem, where, next: [...next, 'esr-ops config check'] });
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT')
    return fault(
      { code: 'mysql.no-tls', message: `${where} offers no TLS, and the configuration asks for it.`, exit: 'usage' },
      'switch TLS on in the server, or remove mysql.tls where the network is trusted',
    );
  if (certificateCodes.test(code) || /certificate/i.test(said))
    return fault(
      { code: 'mysql.untrusted', message: `The certificate of ${where} is not trusted: ${said}.`, exit: 'usage' },
      'name its authority with mysql.tls.ca, and its name with mysql.tls.serverName',
    );
  if (accountCodes.test(code))
    return fault(
      { code: 'mysql.unauthorised', message: `${where} refused the account: ${said}.`, exit: 'usage' },
      'correct mysql.user and mysql.password',
    );
  return fault({
    code: 'mysql.unreachable',
    message: `${where} can't be reached: ${networkCodes.test(code) || said === '' ? code : said}.`,
    exit: 'unreachable',
  });
}

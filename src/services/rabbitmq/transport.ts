import type { Agent, Dispatcher } from 'undici';
import { Fault } from '../../core/fault.ts';
import { basicAuthorization, managementBase, tlsOptions, type RabbitAccess } from './access.ts';
import { connectionTrouble, unreachableFault } from './connection-fault.ts';
import { credentialsFault } from './credentials-fault.ts';
import { badAnswer, readJsonAnswer, reasonOf, type JsonAnswer } from './json-answer.ts';

/** How one GET is made. */
export interface GetOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole answer. Default: the environment's `timeoutMs`. */
  readonly timeoutMs?: number;
  /** 404 (and RabbitMQ's 400 `vhost_not_found`) gives undefined instead of a Fault. */
  readonly optional404?: boolean;
  /** Largest answer that is read. Default 32 MiB. */
  readonly maxBytes?: number;
}

/** Reads of the management API. There is no way to send anything but a GET through it. */
export interface ReadTransport {
  /**
   * The parsed JSON of `path` (already encoded, beginning with `/api/`). Faults: `rabbitmq.unreachable`,
   * `rabbitmq.tls`, `rabbitmq.unauthorised`, `rabbitmq.not-administrator`, `rabbitmq.bad-answer`, `rabbitmq.not-found`.
   */
  readonly get: (path: string, options?: GetOptions) => Promise<unknown>;
  /** Ends the kept connections. */
  readonly close: () => Promise<void>;
}

/** Opens nothing yet: the first GET connects. */
export function createReadTransport(access: RabbitAccess): ReadTransport {
  const { origin, prefix } = managementBase(access);
  let agent: Promise<Agent> | undefined;
  let closed = false;
  // Loaded when it is first needed, by its default export: a bundle keeps no names of a CommonJS module.
  const open = async (): Promise<Agent> => {
    const client = (await import('undici')).default;
    const connect = { ...(await tlsOptions(access.tls)), timeout: access.timeoutMs };
    return new client.Agent({ connect, connections: 4 });
  };

  const once = async (target: string, options: GetOptions): Promise<JsonAnswer> => {
    if (closed) throw endedFault(`${origin}${target}`);
    const timeoutMs = options.timeoutMs ?? access.timeoutMs;
    const response: Dispatcher.ResponseData = await (
      await (agent ??= open())
    ).request({
      origin,
      path: target,
      method: 'GET',
      headers: { authorization: await basicAuthorization(access), accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    return await readJsonAnswer(response, `${origin}${target}`, options.maxBytes ?? 32 * 2 ** 20);
  };

  const ask = async (path: string, options: GetOptions): Promise<JsonAnswer> => {
    const query = new URLSearchParams(options.query).toString();
    const target = `${prefix}${path}${query === '' ? '' : `?${query}`}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(target, options);
      } catch (error) {
        if (error instanceof Fault) throw error;
        // A kept connection that the broker has closed meanwhile, as after its reboot: a GET may be asked again.
        if (attempt === 1 && isStaleConnection(error)) continue;
        const trouble = connectionTrouble(error);
        if (trouble !== null) throw unreachableFault(trouble, `${origin}${target}`);
        if (error instanceof Error && error.name === 'HTTPParserError') {
          throw badAnswer(`${origin}${target}`, 'it is not HTTP (another protocol, or TLS where plain text was asked)');
        }
        throw error;
      }
    }
  };

  return {
    get: async (path, options = {}) => {
      const { status, body } = await ask(path, options);
      const where = `${origin}${prefix}${path}`;
      if (status === 200) return body;
      if (status === 401) {
        const whoami = await ask('/api/whoami', {});
        throw credentialsFault(access.user, where, whoami, reasonOf(body));
      }
      const absent = status === 404 || (status === 400 && /vhost_not_found/.test(reasonOf(body)));
      if (absent && options.optional404 === true) return undefined;
      if (absent) {
        throw new Fault({
          code: 'rabbitmq.not-found',
          message: `RabbitMQ has nothing at ${where} (${status}: ${reasonOf(body)}).`,
          where,
          next: ['esr-ops config check'],
          exit: 'failed',
        });
      }
      throw badAnswer(where, `status ${status}: ${reasonOf(body)}`);
    },
    close: async () => {
      closed = true;
      if (agent !== undefined) await (await agent).destroy();
    },
  };
}

function isStaleConnection(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'].includes(
    String((error as NodeJS.ErrnoException).code),
  );
}

/** What was left in the middle of its reading must not open connections that nobody closes. */
function endedFault(where: string): Fault {
  return new Fault({
    code: 'rabbitmq.closed',
    message: 'This program is ending, so RabbitMQ is asked nothing more.',
    where,
    exit: 'interrupted',
  });
}

import { Fault } from '../../core/fault.ts';
import type { Json } from '../../core/json.ts';
import { basicAuthorization, managementBase, tlsOptions, type RabbitAccess } from './access.ts';
import { connectionTrouble } from './connection-fault.ts';
import { credentialsFault } from './credentials-fault.ts';
import { readJsonAnswer, reasonOf, type JsonAnswer } from './json-answer.ts';

/** How one change is sent. */
export interface SendOptions {
  readonly body?: Json;
  /** Milliseconds for the whole answer. Default: the environment's `timeoutMs`. */
  readonly timeoutMs?: number;
  /** 404 means that there is nothing to take away, and is no fault. */
  readonly optional404?: boolean;
  /** A refusal (4xx) may leave part of the change made, as with an import. */
  readonly partial?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Changes over the management API. Every Fault carries `details.sent`: true when the change may have been made (no
 * answer after it was sent, or a 5xx), false when it certainly was not (no connection, or the broker refused it).
 */
export interface WriteTransport {
  readonly send: (method: 'PUT' | 'POST' | 'DELETE', path: string, options?: SendOptions) => Promise<unknown>;
}

/** Each change goes over a connection of its own: a kept one could break without telling whether it was sent. */
export function createWriteTransport(access: RabbitAccess): WriteTransport {
  const { origin, prefix } = managementBase(access);

  const exchange = async (
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    options: SendOptions,
  ): Promise<JsonAnswer> => {
    const where = `${origin}${prefix}${path}`;
    const timeoutMs = options.timeoutMs ?? access.timeoutMs;
    const { Client } = (await import('undici')).default;
    const client = new Client(origin, {
      connect: { ...(await tlsOptions(access.tls)), timeout: Math.min(access.timeoutMs, timeoutMs) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    let connected = false;
    client.on('connect', () => {
      connected = true;
    });
    try {
      const response = await client.request({
        path: `${prefix}${path}`,
        method,
        headers: {
          authorization: await basicAuthorization(access),
          'content-type': 'application/json',
          ...options.headers,
        },
        body: options.body === undefined ? null : JSON.stringify(options.body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return await readJsonAnswer(response, where, 32 * 2 ** 20);
    } catch (error) {
      throw notAnswered(error, method, where, connected);
    } finally {
      await client.destroy();
    }
  };

  return {
    send: async (method, path, options = {}) => {
      const where = `${origin}${prefix}${path}`;
      const { status, body } = await exchange(method, path, options);
      if (status >= 200 && status < 300) return body;
      if (status === 404 && options.optional404 === true) return undefined;
      if (status === 401) {
        const whoami = await exchange('GET', '/api/whoami', {});
        throw withSent(credentialsFault(access.user, where, whoami, reasonOf(body)), options.partial === true);
      }
      const sent = status >= 500 || options.partial === true;
      throw new Fault({
        code: status === 404 ? 'rabbitmq.not-found' : 'rabbitmq.refused',
        message: `RabbitMQ answered ${status} to ${method} ${where}: ${reasonOf(body)}.`,
        where,
        next: ['esr-ops config check'],
        details: { sent, status, reason: reasonOf(body) },
        exit: 'failed',
      });
    },
  };
}

function notAnswered(error: unknown, method: string, where: string, sent: boolean): unknown {
  if (error instanceof Fault) return withSent(error, sent);
  const trouble = connectionTrouble(error);
  if (trouble === null && !sent) return error;
  const why = trouble?.why ?? 'the answer could not be read';
  return new Fault({
    code: trouble?.code ?? 'rabbitmq.unreachable',
    message: sent
      ? `${method} ${where} was sent, but ${why}: whether it was done is not known.`
      : `RabbitMQ can't be reached at ${where}: ${why}. Nothing was sent.`,
    where,
    next: sent ? ['esr-ops resume'] : (trouble?.next ?? []),
    details: { sent },
    // "unreachable" is kept for what certainly changed nothing.
    exit: sent ? 'unknown' : 'unreachable',
  });
}

function withSent(fault: Fault, sent: boolean): Fault {
  const [first, ...others] = fault.problems;
  return new Fault({ ...first, details: { sent } }, ...others);
}

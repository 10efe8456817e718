import { request } from 'node:http';
import { Fault } from '../core/fault.ts';
import type { Json } from '../core/json.ts';

/** Where a broker's management API is and who asks. */
export interface BrokerAccess {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly managementUrl: string;
  readonly user: string;
  readonly password: string;
}

/** What the management API answered, whatever the status. */
export interface BrokerAnswer {
  readonly status: number;
  /** Parsed JSON; undefined when the body is empty, text when it is not JSON. */
  readonly body: unknown;
}

/**
 * One request to a lab broker's management API. Deliberately shares nothing with the product's own client: what the lab
 * says about a broker is a second opinion. Path segments are encoded by the caller ({@link seg}).
 */
export function askBroker(
  access: BrokerAccess,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: Json,
): Promise<BrokerAnswer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, access.managementUrl),
      {
        method,
        // A kept connection would fail the first request after a restart of the broker.
        agent: false,
        auth: `${access.user}:${access.password}`,
        timeout: 60_000,
        headers: {
          'content-type': 'application/json',
          ...(text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString('utf8')) });
        });
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`no answer to ${method} ${path} within 60 s`)));
    asked.on('error', reject);
    asked.end(text);
  });
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Like {@link askBroker}, for requests that must succeed: returns the body, and throws a fault from status 400 on. */
export async function demandOfBroker(
  access: BrokerAccess,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: Json,
): Promise<unknown> {
  const answer = await askBroker(access, method, path, body);
  if (answer.status >= 400) {
    throw new Fault({
      code: 'lab.broker-refused',
      message: `The lab's broker answered ${answer.status} to ${method} ${path}: ${JSON.stringify(answer.body)}`,
      exit: 'failed',
    });
  }
  return answer.body;
}

/** One path segment: `/` becomes `%2F`. */
export function seg(name: string): string {
  return encodeURIComponent(name);
}

/** Whether a vhost, as the broker describes it, runs on every node. */
export function isRunning(vhost: unknown): boolean {
  const states = Object.values((vhost as { cluster_state?: Record<string, string> } | undefined)?.cluster_state ?? {});
  return states.length > 0 && states.every((state) => state === 'running');
}

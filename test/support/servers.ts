import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { askBroker, demandOfBroker, seg, type BrokerAccess, type BrokerAnswer } from '../../src/lab/broker-http.ts';
import { breakVhost } from '../../src/lab/break-vhost.ts';
import type { ErlangChannel } from '../../src/lab/erlang.ts';
import type { DatabaseAccount } from '../../src/lab/mariadb-server.ts';

/** The servers that all tests of a run share. Plain data: it crosses from the main process to the workers. */
export interface SharedServers {
  readonly labId: string;
  readonly rabbit: BrokerAccess & {
    /** `amqp://127.0.0.1:PORT`, no credentials, no vhost. */
    readonly amqpUrl: string;
    readonly amqp: { readonly host: string; readonly port: number };
    readonly nodeName: string;
    readonly erlang: ErlangChannel;
  };
  readonly mariadb: {
    readonly host: string;
    readonly port: number;
    readonly socket: string;
    readonly root: DatabaseAccount;
    readonly reader: DatabaseAccount;
  };
}

declare module 'vitest' {
  interface ProvidedContext {
    servers: SharedServers;
  }
}

/** How to reach the shared broker (administrator) and the shared database. */
export function servers(): SharedServers {
  return inject('servers');
}

/** One request to the shared broker as its administrator; shares no code with the product's client. Any status is an answer. */
export function httpApi(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: Json): Promise<BrokerAnswer> {
  return askBroker(servers().rabbit, method, path, body);
}

/** Like httpApi, but an answer from status 400 on is an error; returns the body. */
export function mustApi(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: Json): Promise<unknown> {
  return demandOfBroker(servers().rabbit, method, path, body);
}

/** A vhost of the shared broker that belongs to one test. */
export interface TestVhost {
  readonly name: string;
  /** The name as a path segment of the management API. */
  readonly segment: string;
  /** Brings it down so that the broker refuses to start it (about 0.1 s). */
  breakDown(): Promise<void>;
  /** Deletes it, in whatever state it is. */
  remove(): Promise<void>;
}

/** A new vhost of the shared broker; the administrator has all permissions on it. The default name is unique. */
export async function freshVhost(name = `test-${randomBytes(5).toString('hex')}`): Promise<TestVhost> {
  const segment = seg(name);
  await mustApi('PUT', `/api/vhosts/${segment}`, {});
  return {
    name,
    segment,
    breakDown: () => breakVhost(servers().rabbit.erlang, name),
    remove: async () => {
      await httpApi('DELETE', `/api/vhosts/${segment}`);
    },
  };
}

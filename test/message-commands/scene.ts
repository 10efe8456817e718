import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  esrOps,
  testEnvironment,
  type Ended,
  type EnvironmentChanges,
  type TestEnvironment,
} from '../support/program.ts';
import { freshVhost, mustApi, type TestVhost } from '../support/servers.ts';
import { wireClient, type RawMessage, type WireClient } from '../messages/wire-client.ts';

/** A vhost with queues and messages, an environment for it, and a client that shares no code with the program. */
export interface MessageScene {
  readonly vhost: TestVhost;
  readonly environment: TestEnvironment;
  readonly client: WireClient;
  /** Ends the connections of the scene's clients, which the program's fence would cut. */
  hangUp(): void;
  queue(name: string, args?: Readonly<Record<string, string | number>>): Promise<void>;
  /** Publishes to the default exchange, or to another one, and waits for the confirm. */
  publish(queue: string, bodies: readonly (string | Buffer)[], header?: Buffer, exchange?: string): Promise<void>;
  /** Takes all that a queue holds, acknowledged, over a connection of its own. */
  take(queue: string): Promise<readonly RawMessage[]>;
  /** Text of the bodies that {@link take} gives. */
  bodies(queue: string): Promise<readonly string[]>;
  run(...args: string[]): Promise<Ended>;
  /** Drains of the environment, oldest first. */
  drains(): Promise<readonly string[]>;
}

/** Property flags and properties of a persistent message. */
export const persistent = Buffer.from('100002', 'hex');

/** A header with these text values and delivery mode 2, made without the product's codec. */
export function headersOf(values: Readonly<Record<string, string>>): Buffer {
  const sized = (bytes: Buffer): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    return Buffer.concat([size, bytes]);
  };
  const fields = Object.entries(values).flatMap(([name, value]) => [
    Buffer.from([Buffer.byteLength(name)]),
    Buffer.from(`${name}S`),
    sized(Buffer.from(value)),
  ]);
  return Buffer.concat([Buffer.from('3000', 'hex'), sized(Buffer.concat(fields)), Buffer.from([2])]);
}

/** Opens a scene that ends with the test. */
export async function messageScene(changes: EnvironmentChanges = {}): Promise<MessageScene> {
  const vhost = await freshVhost();
  onTestFinished(() => vhost.remove());
  const environment = await testEnvironment(vhost.name, changes);
  onTestFinished(() => environment.remove());
  const clients: WireClient[] = [];
  const hangUp = (): void => {
    for (const client of clients.splice(0)) client.close();
  };
  onTestFinished(hangUp);
  const connect = async (): Promise<WireClient> => {
    const client = await wireClient(vhost.name);
    clients.push(client);
    return client;
  };
  const client = await connect();
  const take: MessageScene['take'] = async (queue) => {
    const taker = await connect();
    const taken: RawMessage[] = [];
    for (let got = await taker.get(queue); got !== null; got = await taker.get(queue)) taken.push(got);
    return taken;
  };
  return {
    vhost,
    environment,
    client,
    hangUp,
    queue: async (name, args = {}) => {
      await mustApi('PUT', `/api/queues/${vhost.segment}/${encodeURIComponent(name)}`, {
        durable: true,
        arguments: args,
      });
    },
    publish: async (queue, bodies, header = persistent, exchange = '') => {
      const publisher = await connect();
      for (const body of bodies)
        publisher.publish({ exchange, routingKey: Buffer.from(queue), header, body: Buffer.from(body) });
      await publisher.confirmed();
    },
    take,
    bodies: async (queue) => (await take(queue)).map(({ body }) => body.toString('utf8')),
    run: (...args) => esrOps(args, environment),
    drains: async () => (await readdir(join(environment.dir, 'drains')).catch(() => [])).sort(),
  };
}

/** What was said on stderr, as one line. */
export function said({ stderr }: Pick<Ended, 'stderr'>): string {
  return stderr.replace(/\s+/g, ' ');
}

/** Texts, numbered: `a 0`, `a 1`, … */
export function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index}`);
}

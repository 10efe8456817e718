import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { canaryPrefix } from '../../core/definitions.ts';
import { Fault } from '../../core/fault.ts';
import type { JsonObject } from '../../core/json.ts';
import { segment } from './access.ts';
import { objectsShape, permissionsShape } from './broker-shapes.ts';
import { checkedAnswer } from './checked-answer.ts';
import type { ReadTransport } from './transport.ts';
import type { WriteTransport } from './write-transport.ts';

interface CanaryTools {
  readonly get: ReadTransport['get'];
  readonly send: WriteTransport['send'];
  /** The user whose permission and limits decide whether the broker lets a message in over HTTP. */
  readonly user: string;
}

const publishedShape = z.looseObject({ routed: z.boolean() });
const gotShape = z.array(z.looseObject({ payload: z.string(), payload_encoding: z.string() }));

/**
 * One persistent message through an own durable exchange and queue, read back and compared. The queue expires by
 * itself and takes the exchange with it, so that nothing stays even when this program is killed in between. Faults:
 * `rabbitmq.canary-impossible` (nothing was made), `rabbitmq.canary-inconclusive` (a policy takes messages away) and
 * `rabbitmq.canary-failed`.
 */
export async function runCanary(
  tools: CanaryTools,
  vhost: string,
  id: string,
  expiresMs = 60_000,
): Promise<{ readonly evidence: readonly string[] }> {
  const name = canaryName(id);
  const { get, send } = tools;
  const v = segment(vhost);
  const permissionsPath = `/api/vhosts/${v}/permissions`;
  const permissions = checkedAnswer(permissionsShape, await get(permissionsPath), permissionsPath);
  if (!permissions.some(({ user }) => user === tools.user)) {
    throw inconclusive('impossible', vhost, `the user ${JSON.stringify(tools.user)} has no permission on it`);
  }
  await declare(send, v, vhost, name, expiresMs);
  try {
    const payload = randomBytes(64).toString('base64');
    const published = publishedShape.safeParse(
      await send('POST', `/api/exchanges/${v}/${segment(name)}/publish`, {
        body: { properties: { delivery_mode: 2 }, routing_key: '', payload, payload_encoding: 'base64' },
      }).catch((error: unknown) => refusedMessage(error, get, v, vhost, name)),
    );
    if (!published.success) throw failed(vhost, 'the answer to its message is not one that RabbitMQ gives');
    if (!published.data.routed) throw failed(vhost, 'the broker did not route its message to its queue');
    const found = gotShape.safeParse(
      await send('POST', `/api/queues/${v}/${segment(name)}/get`, {
        body: { count: 1, ackmode: 'ack_requeue_false', encoding: 'base64' },
      }),
    );
    if (!found.success) throw failed(vhost, 'what was read from its queue is not an answer that RabbitMQ gives');
    const got = found.data;
    if (got.length === 0) {
      const policies = await lossyPolicies(get, v, name);
      if (policies.length > 0)
        throw inconclusive('inconclusive', vhost, `it may be taken away by ${policies.join(' and ')}`);
      throw failed(vhost, 'its message was accepted and is not in its queue');
    }
    if (got[0]?.payload !== payload || got[0].payload_encoding !== 'base64') {
      throw failed(vhost, 'another message came back than was published');
    }
  } finally {
    await removeCanary(send, vhost, name);
  }
  await awaitGone(get, v, name, vhost);
  return {
    evidence: [
      `a persistent message of 64 bytes went through ${name} in the vhost ${JSON.stringify(vhost)}: accepted, routed, read back, equal`,
      `the canary's queue and exchange are gone again`,
    ],
  };
}

async function declare(
  send: WriteTransport['send'],
  v: string,
  vhost: string,
  name: string,
  expiresMs: number,
): Promise<void> {
  // An argument wins over a policy: a policy for '.*' must not send the canary's message into real queues.
  const nowhere = `${name}.nowhere`;
  const queue = { 'x-expires': expiresMs, 'x-queue-type': 'classic', 'x-dead-letter-exchange': nowhere };
  const binding = { source: name, destination: name, destination_type: 'queue', routing_key: '', arguments: {} };
  const exchange = { type: 'fanout', internal: false, arguments: { 'alternate-exchange': nowhere } };
  try {
    await send('POST', `/api/definitions/${v}`, {
      partial: true,
      body: {
        queues: [{ name, durable: true, auto_delete: false, arguments: queue }],
        exchanges: [{ name, durable: true, auto_delete: true, ...exchange }],
        bindings: [binding],
      },
    });
  } catch (error) {
    if (error instanceof Fault && /exceed the limit/.test(error.message)) {
      throw inconclusive('impossible', vhost, 'its limit max-queues is reached');
    }
    await removeCanary(send, vhost, name).catch(() => undefined);
    throw error;
  }
}

async function refusedMessage(
  error: unknown,
  get: ReadTransport['get'],
  v: string,
  vhost: string,
  name: string,
): Promise<never> {
  if (error instanceof Fault && error.problems[0].code === 'rabbitmq.access-refused') {
    throw inconclusive(
      'impossible',
      vhost,
      "the broker does not let the tool's own user connect to it (max-connections or max-channels of the user or of the vhost)",
    );
  }
  const policies = await lossyPolicies(get, v, name);
  if (policies.length > 0)
    throw inconclusive('inconclusive', vhost, `it may be refused because of ${policies.join(' and ')}`);
  throw failed(vhost, `its message was not accepted (${error instanceof Error ? error.message : String(error)})`);
}

/** Policies that match the canary's queue and can take its message away, as far as their pattern can be read here. */
async function lossyPolicies(get: ReadTransport['get'], v: string, name: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const kind of ['policies', 'operator-policies']) {
    for (const policy of checkedAnswer(objectsShape, await get(`/api/${kind}/${v}`), `/api/${kind}/${v}`)) {
      const keys = Object.keys((policy['definition'] ?? {}) as JsonObject);
      const lossy = keys.filter((key) => ['message-ttl', 'max-length', 'max-length-bytes', 'expires'].includes(key));
      if (lossy.length > 0 && matches(policy['pattern'], name)) {
        found.push(
          `${kind === 'policies' ? 'policy' : 'operator policy'} ${JSON.stringify(policy['name'])} (${lossy.join(', ')})`,
        );
      }
    }
  }
  return found;
}

function matches(pattern: unknown, name: string): boolean {
  try {
    return typeof pattern === 'string' && new RegExp(pattern).test(name);
  } catch {
    return true;
  }
}

async function awaitGone(get: ReadTransport['get'], v: string, name: string, vhost: string): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const left = await get(`/api/exchanges/${v}/${segment(name)}`, { optional404: true });
    if (left === undefined) return;
    await sleep(100);
  }
  throw failed(vhost, `its exchange ${name} is still there after its queue was deleted`);
}

/** Takes away a canary's queue and, should it have outlived it, its exchange. Nothing there is no fault. */
export async function removeCanary(send: WriteTransport['send'], vhost: string, id: string): Promise<void> {
  for (const kind of ['queues', 'exchanges']) {
    await send('DELETE', `/api/${kind}/${segment(vhost)}/${segment(canaryName(id))}`, { optional404: true });
  }
}

function failed(vhost: string, why: string): Fault {
  return new Fault({
    code: 'rabbitmq.canary-failed',
    message: `The canary of the vhost ${JSON.stringify(vhost)} failed: ${why}.`,
    next: ['esr-ops recover vhost --force-recreate --dry-run'],
    details: { sent: true },
    exit: 'failed',
  });
}

function inconclusive(how: 'impossible' | 'inconclusive', vhost: string, why: string): Fault {
  return new Fault({
    code: `rabbitmq.canary-${how}`,
    message:
      how === 'impossible'
        ? `The canary can't be sent in the vhost ${JSON.stringify(vhost)}: ${why}.`
        : `The canary proves nothing in the vhost ${JSON.stringify(vhost)}: its message did not come back, and ${why}.`,
    next: ['publish to one of its queues by hand and read it back'],
    details: { sent: how === 'inconclusive' },
    exit: 'unverified',
  });
}

/** Full name of a canary, given its id or its full name. */
function canaryName(idOrName: string): string {
  return idOrName.startsWith(canaryPrefix) ? idOrName : `${canaryPrefix}${idOrName}`;
}

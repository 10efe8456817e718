import * as z from 'zod';
import type { Json } from '../../core/json.ts';
import type { VhostSnapshot } from '../../core/vhost.ts';
import type { contentNames } from './capture-layout.ts';

type ContentName = (typeof contentNames)[number];

const objects = z.array(z.record(z.string(), z.json()));
const names = z.record(z.string(), z.string());

const shapes = {
  'definitions.json': z.strictObject({
    queues: objects,
    exchanges: objects,
    bindings: objects,
    policies: objects,
    parameters: objects,
  }),
  'permissions.json': z.strictObject({
    permissions: z.array(
      z.strictObject({ user: z.string(), configure: z.string(), write: z.string(), read: z.string() }),
    ),
    topicPermissions: z.array(
      z.strictObject({ user: z.string(), exchange: z.string(), write: z.string(), read: z.string() }),
    ),
  }),
  'settings.json': z.strictObject({
    vhost: z.string(),
    takenAt: z.string(),
    metadata: z.strictObject({
      description: z.string(),
      tags: z.array(z.string()),
      defaultQueueType: z.string().nullable(),
      tracing: z.boolean(),
    }),
    limits: z.record(z.string(), z.number()),
    operatorPolicies: objects,
    broker: z.strictObject({
      product: z.string(),
      version: z.string(),
      clusterName: z.string(),
      nodes: z.array(
        z.strictObject({ name: z.string(), running: z.boolean(), uptimeMs: z.number(), osPid: z.string() }),
      ),
    }),
  }),
  'activity.json': z.strictObject({
    status: z.strictObject({
      vhost: z.string(),
      state: z.enum(['running', 'down', 'absent', 'unpermitted']),
      nodes: names,
      evidence: z.array(z.string()),
    }),
    connections: z.array(
      z.strictObject({
        name: z.string(),
        user: z.string(),
        vhost: z.string(),
        peer: z.string(),
        clientName: z.string(),
        connectedAtMs: z.number(),
      }),
    ),
    depths: z
      .array(
        z.strictObject({
          queue: z.string(),
          messages: z.number(),
          ready: z.number(),
          unacknowledged: z.number(),
          consumers: z.number(),
        }),
      )
      .nullable(),
  }),
};

/** A snapshot as the files of a capture. Its parameters' secrets must have been split off before. */
export function contentOf(snapshot: VhostSnapshot): Readonly<Record<ContentName, unknown>> {
  const { vhost, takenAt, metadata, limits, operatorPolicies, broker, status, connections, depths } = snapshot;
  return {
    'definitions.json': snapshot.definitions,
    'permissions.json': { permissions: snapshot.permissions, topicPermissions: snapshot.topicPermissions },
    'settings.json': { vhost, takenAt, metadata, limits, operatorPolicies, broker },
    'activity.json': { status, connections, depths },
  };
}

/** The snapshot that a capture's files hold. `read` gives a file's parsed JSON; `wrong` is called for another shape. */
export function snapshotOf(read: (name: ContentName) => unknown, wrong: (name: ContentName) => Error): VhostSnapshot {
  const checked = <N extends ContentName>(name: N): z.output<(typeof shapes)[N]> => {
    const parsed = shapes[name].safeParse(read(name));
    if (!parsed.success) throw wrong(name);
    return parsed.data as z.output<(typeof shapes)[N]>;
  };
  return {
    definitions: checked('definitions.json'),
    ...checked('permissions.json'),
    ...checked('settings.json'),
    ...checked('activity.json'),
  };
}

/** What a manifest counts. Messages and consumers only when they were known. */
export function countsOf(snapshot: VhostSnapshot): Readonly<Record<string, number>> {
  const { definitions, depths } = snapshot;
  return {
    queues: definitions.queues.length,
    exchanges: definitions.exchanges.length,
    bindings: definitions.bindings.length,
    policies: definitions.policies.length,
    operatorPolicies: snapshot.operatorPolicies.length,
    parameters: definitions.parameters.length,
    permissions: snapshot.permissions.length,
    topicPermissions: snapshot.topicPermissions.length,
    limits: Object.keys(snapshot.limits).length,
    connections: snapshot.connections.length,
    ...(depths === null
      ? {}
      : {
          messages: depths.reduce((sum, queue) => sum + queue.messages, 0),
          consumers: depths.reduce((sum, queue) => sum + queue.consumers, 0),
        }),
  };
}

/** The shape of decrypted secrets. */
export const secretsShape: z.ZodType<Readonly<Record<string, Json>>> = z.record(z.string(), z.json());

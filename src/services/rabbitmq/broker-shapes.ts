import * as z from 'zod';
import type { JsonObject } from '../../core/json.ts';

/** Shapes of the management API's answers, as far as they are used. Unknown keys are let through. */

const json = z.json();
const object: z.ZodType<JsonObject> = z.record(z.string(), json);
/** Within what a date can hold. */
const milliseconds = z.number().nonnegative().max(8.64e15);

export const overviewShape = z.looseObject({
  product_name: z.string().optional(),
  product_version: z.string().optional(),
  rabbitmq_version: z.string().optional(),
  cluster_name: z.string().default(''),
});

export const nodesShape = z.array(
  z.looseObject({
    name: z.string(),
    running: z.boolean().default(false),
    uptime: milliseconds.default(0),
    os_pid: z.string().default(''),
  }),
);

/** `tags` was one comma-separated string before 3.9. */
const tags = z.union([z.array(z.string()), z.string()]).transform((value) =>
  typeof value === 'string'
    ? value
        .split(',')
        .filter((tag) => tag.trim() !== '')
        .map((tag) => tag.trim())
    : value,
);

export const whoamiShape = z.looseObject({ name: z.string(), tags });

export const namesShape = z.array(z.looseObject({ name: z.string() }));

export const vhostShape = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  tags: tags.nullish(),
  default_queue_type: z.string().nullish(),
  tracing: z.boolean().default(false),
  cluster_state: z.record(z.string(), z.string()).default({}),
  protected_from_deletion: z.boolean().optional(),
  metadata: z.looseObject({ protected_from_deletion: z.boolean().optional() }).optional(),
});

export const definitionsShape = z.looseObject({
  queues: z.array(object).default([]),
  exchanges: z.array(object).default([]),
  bindings: z.array(object).default([]),
  policies: z.array(object).default([]),
  parameters: z.array(object).default([]),
});

export const channelsShape = z.array(
  z.looseObject({
    user: z.string(),
    message_stats: z
      .looseObject({
        publish: z.number().default(0),
        drop_unroutable: z.number().default(0),
        return_unroutable: z.number().default(0),
      })
      .optional(),
  }),
);

export const objectsShape = z.array(object);

export const permissionsShape = z.array(
  z.looseObject({ user: z.string(), configure: z.string(), write: z.string(), read: z.string() }),
);

export const topicPermissionsShape = z.array(
  z.looseObject({ user: z.string(), exchange: z.string(), write: z.string(), read: z.string() }),
);

export const limitsShape = z.array(z.looseObject({ value: z.record(z.string(), z.number()) }));

/** A queue that the statistics don't know yet has its name only. */
export const depthsPageShape = z.looseObject({
  page_count: z.int().nonnegative(),
  items: z.array(
    z.looseObject({
      name: z.string(),
      messages: z.number().optional(),
      messages_ready: z.number().optional(),
      messages_unacknowledged: z.number().optional(),
      consumers: z.number().optional(),
    }),
  ),
});

export const exchangeShape = z.object({ type: z.string(), durable: z.boolean() });

export const alarmsShape = z.array(
  z.looseObject({
    name: z.string(),
    mem_alarm: z.boolean().default(false),
    disk_free_alarm: z.boolean().default(false),
  }),
);

export const consumersShape = z.array(z.looseObject({ queue: z.looseObject({ name: z.string() }) }));

/** A connection may be closing while it is listed: everything but its name may be missing. */
export const connectionsShape = z.array(
  z.looseObject({
    name: z.string(),
    user: z.string().default(''),
    peer_host: z.string().default(''),
    peer_port: z.number().default(0),
    connected_at: milliseconds.default(0),
    client_properties: z
      .union([z.looseObject({ connection_name: z.string().optional(), product: z.string().optional() }), z.array(json)])
      .optional(),
  }),
);

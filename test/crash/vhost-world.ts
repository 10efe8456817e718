import { mustApi } from '../support/servers.ts';
import { sorted } from './check-journal.ts';

/** All of a vhost that must be the same after its recovery, each part as sorted text lines. */
export type VhostWorld = Readonly<Record<string, readonly string[]>>;

/** Reads it from the broker; shares no code with the program. */
export async function worldOf(vhost: string, me: string): Promise<VhostWorld> {
  const get = async (path: string): Promise<unknown> => await mustApi('GET', `/api/${path}`);
  const lines = (items: unknown): string[] => (items as readonly unknown[]).map((item) => sorted(item)).sort();
  const names = (items: unknown): string[] => (items as readonly { name: string }[]).map(({ name }) => name).sort();
  const definitions = (await get(`definitions/${vhost}`)) as Record<string, unknown>;
  const about = (await get(`vhosts/${vhost}`)) as Record<string, unknown>;
  return {
    exchanges: lines(definitions['exchanges']),
    queues: lines(definitions['queues']),
    bindings: lines(definitions['bindings']),
    policies: lines(definitions['policies']),
    parameters: lines(definitions['parameters']),
    // The export lacks what is exclusive or the broker's own: a forgotten canary could hide there.
    everyExchange: names(await get(`exchanges/${vhost}?columns=name`)),
    everyQueue: names(await get(`queues/${vhost}?columns=name`)),
    operatorPolicies: lines(await get(`operator-policies/${vhost}`)),
    limits: lines(await get(`vhost-limits/${vhost}`)),
    permissions: lines(await get(`vhosts/${vhost}/permissions`)),
    topicPermissions: lines(await get(`vhosts/${vhost}/topic-permissions`)),
    ownLimits: lines(await get(`user-limits/${me}`)),
    metadata: [about['description'], [...(about['tags'] as string[])].sort(), about['default_queue_type']].map(sorted_),
    state: [sorted(about['cluster_state'])],
  };
}

const sorted_ = (value: unknown): string => sorted(value ?? null);

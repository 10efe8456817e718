import { askBroker, demandOfBroker, seg, type BrokerAccess } from '../../src/lab/broker-http.ts';

/** A vhost as anybody can see it over HTTP; made and compared without any code of the product. */
export type OutsideView = Readonly<Record<string, unknown>>;

/**
 * Everything that recreating a vhost must bring back, in an order of its own: definitions, permissions and topic
 * permissions of all users, policies of both levels, parameters, limits and metadata. Messages and statistics are not
 * in it. Of a vhost that is absent: null.
 */
export async function outsideView(access: BrokerAccess, vhost: string): Promise<OutsideView | null> {
  const v = seg(vhost);
  const found = await askBroker(access, 'GET', `/api/vhosts/${v}`);
  if (found.status === 404) return null;
  const get = (path: string): Promise<unknown> => demandOfBroker(access, 'GET', `/api/${path}`);
  const about = found.body as Readonly<Record<string, unknown>>;
  const [definitions, permissions, topicPermissions, policies, operatorPolicies, parameters, limits] =
    await Promise.all([
      get(`definitions/${v}`),
      get(`vhosts/${v}/permissions`),
      get(`vhosts/${v}/topic-permissions`),
      get(`policies/${v}`),
      get(`operator-policies/${v}`),
      get(`parameters/federation-upstream/${v}`),
      get(`vhost-limits/${v}`),
    ]);
  const exported = definitions as Readonly<Record<string, unknown>>;
  return ordered({
    queues: exported['queues'],
    exchanges: exported['exchanges'],
    bindings: exported['bindings'],
    exportedPolicies: exported['policies'],
    permissions,
    topicPermissions,
    policies,
    operatorPolicies,
    parameters,
    limits,
    metadata: {
      description: about['description'],
      tags: about['tags'],
      defaultQueueType: about['default_queue_type'],
      tracing: about['tracing'],
    },
  }) as OutsideView;
}

/** Keys by name, lists by the text of their items: two values are equal when these are. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(ordered);
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, ordered((value as Readonly<Record<string, unknown>>)[name])]));
}

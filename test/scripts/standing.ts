import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestEnvironment } from '../support/program.ts';
import { freshVhost, httpApi, mustApi, type TestVhost } from '../support/servers.ts';

/** A vhost with routing and a service's user in it, so that each step of a recovery has something to do. */
export interface TenantVhost extends TestVhost {
  readonly user: string;
}

/** Makes a vhost of one test with an exchange, a queue, a binding, a policy, a limit and another user. */
export async function tenantVhost(name?: string): Promise<TenantVhost> {
  const vhost = await freshVhost(name);
  const user = `esr-${vhost.name}`;
  const { segment } = vhost;
  await mustApi('PUT', `/api/users/${user}`, { password: 'a-password-of-a-service', tags: '' });
  await mustApi('PUT', `/api/permissions/${segment}/${user}`, { configure: '^esr', write: '^esr', read: '.*' });
  await mustApi('PUT', `/api/queues/${segment}/esr.queue.one`, { durable: true, arguments: {} });
  await mustApi('PUT', `/api/exchanges/${segment}/esr.exchange`, { type: 'topic', durable: true });
  await mustApi('POST', `/api/bindings/${segment}/e/esr.exchange/q/esr.queue.one`, {
    routing_key: 'esr.#',
    arguments: {},
  });
  await mustApi('PUT', `/api/policies/${segment}/esr-bounded`, {
    pattern: '^esr',
    definition: { 'max-length': 1000 },
    'apply-to': 'queues',
  });
  await mustApi('PUT', `/api/vhost-limits/${segment}/max-queues`, { value: 500 });
  return {
    ...vhost,
    user,
    remove: async () => {
      await vhost.remove();
      await httpApi('DELETE', `/api/users/${user}`);
    },
  };
}

/** What the broker and the captures' folder hold now, seen from outside: equal before and after a step that did nothing. */
export async function standing(vhost: TenantVhost, environment: TestEnvironment): Promise<unknown> {
  const { segment } = vhost;
  const state = (await httpApi('GET', `/api/vhosts/${segment}`)).body as { cluster_state?: unknown; error?: unknown };
  const body = async (path: string): Promise<unknown> => (await httpApi('GET', path)).body;
  return {
    state: state.cluster_state ?? state.error,
    definitions: await body(`/api/definitions/${segment}`),
    permissions: await body(`/api/vhosts/${segment}/permissions`),
    limits: await body(`/api/vhost-limits/${segment}`),
    queues: ((await body(`/api/queues/${segment}?columns=name`)) as readonly unknown[]).length,
    captures: await readdir(join(environment.dir, 'captures')).catch(() => []),
  };
}

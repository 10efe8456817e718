import type { Json } from '../core/json.ts';
import { demandOfBroker, seg, type BrokerAccess } from './broker-http.ts';
import type { Topology } from './topology.ts';

/** Passwords that the topology needs and that are not part of it. */
export interface TopologySecrets {
  /** User name -> password; each user of the topology must have one. */
  readonly users: Readonly<Record<string, string>>;
  /** Password inside the URI of the federation upstream. */
  readonly federation: string;
}

/**
 * Creates a topology over HTTP, vhost and users included; what is there already with the same properties stays. The
 * calling user, an administrator, gets all permissions on the vhost.
 */
export async function applyTopology(access: BrokerAccess, topology: Topology, secrets: TopologySecrets): Promise<void> {
  const put = (path: string, body: Json): Promise<unknown> => demandOfBroker(access, 'PUT', `/api/${path}`, body);
  const vhost = seg(topology.vhost);

  await put(`vhosts/${vhost}`, topology.metadata);
  await put(`permissions/${vhost}/${seg(access.user)}`, { configure: '.*', write: '.*', read: '.*' });
  for (const exchange of topology.exchanges) {
    await put(`exchanges/${vhost}/${seg(exchange.name)}`, {
      type: exchange.type,
      durable: true,
      arguments: exchange.arguments ?? {},
    });
  }
  for (const queue of topology.queues) {
    await put(`queues/${vhost}/${seg(queue.name)}`, { durable: true, arguments: queue.arguments ?? {} });
  }
  for (const binding of topology.bindings) {
    const kind = binding.toKind === 'exchange' ? 'e' : 'q';
    await demandOfBroker(access, 'POST', `/api/bindings/${vhost}/e/${seg(binding.from)}/${kind}/${seg(binding.to)}`, {
      routing_key: binding.key,
      arguments: binding.arguments ?? {},
    });
  }
  for (const { name, ...policy } of topology.policies) await put(`policies/${vhost}/${seg(name)}`, policy);
  for (const { name, ...policy } of topology.operatorPolicies) {
    await put(`operator-policies/${vhost}/${seg(name)}`, policy);
  }
  for (const [limit, value] of Object.entries(topology.limits)) {
    await put(`vhost-limits/${vhost}/${limit}`, { value });
  }
  // No policy names it, so it connects to nothing; it is there because a real export holds such a password in clear.
  await put(`parameters/federation-upstream/${vhost}/tis-archive`, {
    value: { uri: `amqp://archive:${secrets.federation}@127.0.0.1:1/archive`, 'reconnect-delay': 3600 },
  });

  for (const user of topology.users) {
    const name = seg(user.name);
    const password = secrets.users[user.name];
    if (password === undefined) throw new Error(`no password for ${user.name}`);
    await put(`users/${name}`, { password, tags: user.tags.join(',') });
    if (user.permission !== undefined) await put(`permissions/${vhost}/${name}`, user.permission);
    for (const topic of user.topicPermissions ?? []) await put(`topic-permissions/${vhost}/${name}`, topic);
  }
}

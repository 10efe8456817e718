import type * as z from 'zod';
import { Fault } from '../../core/fault.ts';
import type { RabbitReader } from '../../core/ports.ts';
import type { QueueDepth, VhostSnapshot, VhostStatus } from '../../core/vhost.ts';
import { canaryPrefix, canonicalObjects } from '../../core/definitions.ts';
import { managementBase, segment, type RabbitAccess } from './access.ts';
import { probeAmqp, type AmqpFinding } from './amqp-probe.ts';
import * as shapes from './broker-shapes.ts';
import { checkedAnswer } from './checked-answer.ts';
import { exportedDefinitions } from './definitions-export.ts';
import { readDepths } from './queue-depths.ts';
import { createReadTransport, type GetOptions } from './transport.ts';
import { vhostStatus } from './vhost-status.ts';
import { visible } from './visible.ts';

/** A reader, and the end of its kept connections. */
export interface ClosableRabbitReader extends RabbitReader {
  close(): Promise<void>;
}

/**
 * Reads of one broker. Nothing is contacted before the first call. Every answer that is used is checked for its shape;
 * objects of definitions are kept as the broker gave them.
 */
export function createRabbitReader(access: RabbitAccess): ClosableRabbitReader {
  const { origin, prefix } = managementBase(access);
  const identity = `${origin}${prefix}`;
  const transport = createReadTransport(access);

  const checked = async <S extends z.ZodType>(shape: S, path: string, options?: GetOptions): Promise<z.output<S>> =>
    checkedAnswer(shape, await transport.get(path, options), `${identity}${path}`);
  /** Like `checked` for what belongs to a vhost: when that isn't there, a Fault says so. */
  const ofVhost = async <S extends z.ZodType>(
    shape: S,
    vhost: string,
    path: string,
    options: GetOptions = {},
  ): Promise<z.output<S>> => {
    try {
      return await checked(shape, path, options);
    } catch (error) {
      throw error instanceof Fault && error.problems[0].code === 'rabbitmq.not-found'
        ? vhostAbsent(vhost, identity)
        : error;
    }
  };
  const vhostInfo = async (vhost: string): Promise<z.output<typeof shapes.vhostShape> | null> => {
    const path = `/api/vhosts/${segment(vhost)}`;
    const raw = await transport.get(path, { optional404: true });
    if (raw === undefined) return null;
    return checkedAnswer(shapes.vhostShape, raw, `${identity}${path}`);
  };
  const slow = { timeoutMs: access.slowTimeoutMs, maxBytes: 256 * 2 ** 20 };

  const overview: RabbitReader['overview'] = async () => {
    const about = await checked(shapes.overviewShape, '/api/overview', {
      query: { columns: 'product_name,product_version,rabbitmq_version,cluster_name' },
    });
    const nodes = await checked(shapes.nodesShape, '/api/nodes', { query: { columns: 'name,running,uptime,os_pid' } });
    return {
      product: about.product_name ?? 'RabbitMQ',
      version: about.rabbitmq_version ?? about.product_version ?? '',
      clusterName: about.cluster_name,
      nodes: nodes
        .map(({ name, running, uptime, os_pid }) => ({ name, running, uptimeMs: uptime, osPid: os_pid }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  };
  const statusOf = async (vhost: string, info: z.output<typeof shapes.vhostShape> | null): Promise<VhostStatus> => {
    const nodes = info === null ? null : info.cluster_state;
    const found = await probeAmqp(access, vhost);
    const permitted = async () => (await permissions(vhost)).some(({ user }) => user === access.user);
    const amqp: AmqpFinding =
      found.is === 'refused' && nodes !== null
        ? { ...found, is: (await permitted()) ? 'limited' : 'unpermitted' }
        : found;
    return vhostStatus(vhost, nodes, amqp, `${identity}/api/vhosts/${segment(vhost)}`);
  };
  const definitions: RabbitReader['definitions'] = async (vhost) =>
    exportedDefinitions(await ofVhost(shapes.definitionsShape, vhost, `/api/definitions/${segment(vhost)}`, slow));
  const permissions: RabbitReader['permissions'] = async (vhost) =>
    (await ofVhost(shapes.permissionsShape, vhost, `/api/vhosts/${segment(vhost)}/permissions`))
      .map(({ user, configure, write, read }) => ({ user, configure, write, read }))
      .sort((a, b) => (a.user < b.user ? -1 : 1));
  const topicPermissions: RabbitReader['topicPermissions'] = async (vhost) =>
    (await ofVhost(shapes.topicPermissionsShape, vhost, `/api/vhosts/${segment(vhost)}/topic-permissions`))
      .map(({ user, exchange, write, read }) => ({ user, exchange, write, read }))
      .sort((a, b) => (`${a.user}\0${a.exchange}` < `${b.user}\0${b.exchange}` ? -1 : 1));
  const connections: RabbitReader['connections'] = async (vhost) => {
    const listed = await ofVhost(shapes.connectionsShape, vhost, `/api/vhosts/${segment(vhost)}/connections`, {
      query: { columns: 'name,user,peer_host,peer_port,connected_at,client_properties' },
    });
    return listed.map((each) => ({
      name: each.name,
      user: each.user,
      vhost,
      peer: `${each.peer_host}:${each.peer_port}`,
      clientName: clientName(each.client_properties),
      connectedAtMs: each.connected_at,
    }));
  };
  const publishes: RabbitReader['publishes'] = async (vhost) => {
    const listed = await ofVhost(shapes.channelsShape, vhost, `/api/vhosts/${segment(vhost)}/channels`, {
      query: {
        columns: 'user,message_stats.publish,message_stats.drop_unroutable,message_stats.return_unroutable',
      },
    });
    return listed.map(({ user, message_stats: counted }) => ({
      user,
      published: counted?.publish ?? 0,
      unroutable: (counted?.drop_unroutable ?? 0) + (counted?.return_unroutable ?? 0),
    }));
  };
  const depthsOf = (vhost: string): Promise<readonly QueueDepth[] | null> =>
    readDepths({
      page: (page, pageSize) =>
        ofVhost(shapes.depthsPageShape, vhost, `/api/queues/${segment(vhost)}`, {
          query: {
            page: String(page),
            page_size: String(pageSize),
            columns: 'name,messages,messages_ready,messages_unacknowledged,consumers',
          },
          timeoutMs: access.slowTimeoutMs,
        }),
      consumers: async () =>
        (
          await ofVhost(shapes.consumersShape, vhost, `/api/consumers/${segment(vhost)}`, {
            query: { columns: 'queue' },
            timeoutMs: access.slowTimeoutMs,
          })
        ).map(({ queue }) => queue.name),
    });

  return {
    identity,
    overview,
    whoami: async () => {
      const { name, tags } = await checked(shapes.whoamiShape, '/api/whoami');
      return { name, tags };
    },
    vhosts: async () =>
      (await checked(shapes.namesShape, '/api/vhosts', { query: { columns: 'name' } })).map(({ name }) => name).sort(),
    status: async (vhost) => statusOf(vhost, await vhostInfo(vhost)),
    definitions,
    permissions,
    topicPermissions,
    connections,
    publishes,
    snapshot: async (vhost, without): Promise<VhostSnapshot> => {
      const info = await vhostInfo(vhost);
      if (info === null) throw vhostAbsent(vhost, identity);
      const takenAt = new Date().toISOString();
      const status = await statusOf(vhost, info);
      const limits = await ofVhost(shapes.limitsShape, vhost, `/api/vhost-limits/${segment(vhost)}`);
      const operators = await ofVhost(shapes.objectsShape, vhost, `/api/operator-policies/${segment(vhost)}`);
      return {
        vhost,
        takenAt,
        status,
        broker: await overview(),
        metadata: {
          description: info.description ?? '',
          tags: [...(info.tags ?? [])].sort(),
          defaultQueueType: queueType(info.default_queue_type),
          tracing: info.tracing,
        },
        definitions: await definitions(vhost),
        operatorPolicies: canonicalObjects(operators),
        permissions: await permissions(vhost),
        topicPermissions: await topicPermissions(vhost),
        limits: Object.assign({}, ...limits.map(({ value }) => value)) as Record<string, number>,
        connections: await connections(vhost),
        depths: isServed(status) && without === undefined ? await depthsOf(vhost) : null,
      };
    },
    depths: async (vhost) => {
      const info = await vhostInfo(vhost);
      if (info === null) throw vhostAbsent(vhost, identity);
      return isServed(await statusOf(vhost, info)) ? depthsOf(vhost) : null;
    },
    userLimits: async (user) => {
      const listed = await checked(shapes.limitsShape, `/api/user-limits/${segment(user)}`);
      return Object.assign({}, ...listed.map(({ value }) => value)) as Record<string, number>;
    },
    deletionProtected: async (vhost) => {
      const info = await vhostInfo(vhost);
      return info?.protected_from_deletion ?? info?.metadata?.protected_from_deletion ?? false;
    },
    canaries: async (vhost) => {
      const names = new Set<string>();
      for (const kind of ['queues', 'exchanges']) {
        const listed = await ofVhost(shapes.namesShape, vhost, `/api/${kind}/${segment(vhost)}`, {
          query: { columns: 'name' },
          timeoutMs: access.slowTimeoutMs,
        });
        for (const { name } of listed) if (name.startsWith(canaryPrefix)) names.add(name);
      }
      return [...names].sort();
    },
    exchange: async (vhost, name) => {
      const path = `/api/exchanges/${segment(vhost)}/${segment(name)}`;
      const raw = await transport.get(path, { optional404: true, query: { columns: 'type,durable' } });
      if (raw === undefined) return null;
      const found = checkedAnswer(shapes.exchangeShape, raw, `${identity}${path}`);
      const bindings = await checked(shapes.objectsShape, `${path}/bindings/source`);
      return { ...found, bindings: bindings.length };
    },
    alarms: async () => {
      const nodes = await checked(shapes.alarmsShape, '/api/nodes', {
        query: { columns: 'name,mem_alarm,disk_free_alarm' },
      });
      return nodes.flatMap(({ name, mem_alarm, disk_free_alarm }) => [
        ...(mem_alarm ? [`${visible(name)}: memory`] : []),
        ...(disk_free_alarm ? [`${visible(name)}: disk`] : []),
      ]);
    },
    amqp: async (vhost) => {
      const { is, evidence } = await probeAmqp(access, vhost);
      return { is: is === 'running' ? 'opened' : is === 'unreachable' ? 'unreachable' : 'refused', evidence };
    },
    close: () => transport.close(),
  };
}

/** A vhost that this user may not enter over AMQP still runs, so what the broker says of its queues counts. */
function isServed(status: VhostStatus): boolean {
  return status.state === 'running' || status.state === 'unpermitted';
}

/** The broker says `undefined` where none is set (3.10 and others), and leaves it out before 3.11. */
function queueType(given: string | null | undefined): string | null {
  return given === undefined || given === null || given === '' || given === 'undefined' ? null : given;
}

function clientName(properties: unknown): string {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return '';
  const { connection_name: name, product } = properties as { connection_name?: unknown; product?: unknown };
  return [name, product].filter((part) => typeof part === 'string' && part !== '').join(' / ');
}

function vhostAbsent(vhost: string, where: string): Fault {
  return new Fault({
    code: 'rabbitmq.vhost-absent',
    message: `The broker at ${where} has no vhost ${JSON.stringify(visible(vhost))}.`,
    where,
    next: ['esr-ops recover vhost --dry-run'],
    exit: 'blocked',
  });
}

import { Fault } from '../../core/fault.ts';
import type { JsonObject } from '../../core/json.ts';
import type { RabbitWriter } from '../../core/ports.ts';
import { segment, type RabbitAccess } from './access.ts';
import { removeCanary, runCanary } from './canary-writer.ts';
import { createReadTransport } from './transport.ts';
import { createWriteTransport } from './write-transport.ts';

/**
 * Changes to one broker. A Fault's `details.sent` says whether the change may have been made: the caller asks the
 * reader then, and does not believe a time-out or a 500.
 */
export function createRabbitWriter(access: RabbitAccess): RabbitWriter {
  const { send } = createWriteTransport(access);
  const slow = { timeoutMs: access.slowTimeoutMs };

  return {
    startVhost: async (vhost, node) => {
      await send('POST', `/api/vhosts/${segment(vhost)}/start/${segment(node)}`, slow);
    },
    deleteVhost: async (vhost) => {
      await send('DELETE', `/api/vhosts/${segment(vhost)}`, slow);
    },
    createVhost: async (vhost, { description, tags, defaultQueueType, tracing }) => {
      await send('PUT', `/api/vhosts/${segment(vhost)}`, {
        ...slow,
        body: {
          description,
          tags: tags.join(','),
          tracing,
          ...(defaultQueueType === null ? {} : { default_queue_type: defaultQueueType }),
        },
      });
    },
    importDefinitions: async (vhost, { queues, exchanges, bindings, policies, parameters }) => {
      await send('POST', `/api/definitions/${segment(vhost)}`, {
        ...slow,
        partial: true,
        body: { queues, exchanges, bindings, policies, parameters },
      });
    },
    setOperatorPolicy: async (vhost, policy) => {
      await send('PUT', `/api/operator-policies/${segment(vhost)}/${segment(nameOf(policy))}`, {
        body: Object.fromEntries(Object.entries(policy).filter(([key]) => key !== 'name' && key !== 'vhost')),
      });
    },
    setLimit: async (vhost, name, value) => {
      await send('PUT', `/api/vhost-limits/${segment(vhost)}/${segment(name)}`, { body: { value } });
    },
    setPermission: async (vhost, { user, configure, write, read }) => {
      await send('PUT', `/api/permissions/${segment(vhost)}/${segment(user)}`, { body: { configure, write, read } });
    },
    setTopicPermission: async (vhost, { user, exchange, write, read }) => {
      await send('PUT', `/api/topic-permissions/${segment(vhost)}/${segment(user)}`, {
        body: { exchange, write, read },
      });
    },
    clearPermission: async (vhost, user) => {
      await send('DELETE', `/api/permissions/${segment(vhost)}/${segment(user)}`, { optional404: true });
    },
    closeConnection: async (name, reason) => {
      await send('DELETE', `/api/connections/${segment(name)}`, {
        optional404: true,
        headers: { 'x-reason': reason.replace(/[^\x20-\x7e]/g, '?') },
      });
    },
    setUserLimit: async (user, name, value) => {
      await send('PUT', `/api/user-limits/${segment(user)}/${segment(name)}`, { body: { value } });
    },
    clearUserLimit: async (user, name) => {
      await send('DELETE', `/api/user-limits/${segment(user)}/${segment(name)}`, { optional404: true });
    },
    canary: async (vhost, name) => {
      const transport = createReadTransport(access);
      try {
        return await runCanary({ get: transport.get, send, user: access.user }, vhost, name);
      } finally {
        await transport.close();
      }
    },
    removeCanary: async (vhost, name) => {
      await removeCanary(send, vhost, name);
    },
  };
}

function nameOf(policy: JsonObject): string {
  const name = policy['name'];
  if (typeof name === 'string') return name;
  throw new Fault({
    code: 'capture.damaged',
    message: 'An operator policy of the capture has no name.',
    next: ['esr-ops vhost capture'],
    exit: 'failed',
    details: { sent: false },
  });
}

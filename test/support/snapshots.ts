import type { VhostDefinitions, VhostSnapshot, VhostState } from '../../src/core/vhost.ts';

/** A snapshot with the given definitions and nothing else in it. */
export function snapshotOfVhost(
  definitions: Partial<VhostDefinitions>,
  state: VhostState = 'running',
  vhost = 'esr',
): VhostSnapshot {
  return {
    vhost,
    takenAt: '2026-03-22T06:25:00.000Z',
    status: { vhost, state, nodes: { 'rabbit@a': state === 'down' ? 'stopped' : 'running' }, evidence: ['made up'] },
    broker: {
      product: 'RabbitMQ',
      version: '3.10.8',
      clusterName: 'test',
      nodes: [{ name: 'rabbit@a', running: true, uptimeMs: 1, osPid: '1' }],
    },
    metadata: { description: '', tags: [], defaultQueueType: null, tracing: false },
    definitions: { queues: [], exchanges: [], bindings: [], policies: [], parameters: [], ...definitions },
    operatorPolicies: [],
    permissions: [],
    topicPermissions: [],
    limits: {},
    connections: [],
    depths: state === 'running' ? [] : null,
  };
}

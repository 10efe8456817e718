import type { VhostStatus } from '../../core/vhost.ts';
import type { AmqpFinding } from './amqp-probe.ts';
import { visible } from './visible.ts';

/**
 * A vhost's state from the management API's `cluster_state` (null: it has no such vhost) and AMQP's answer. A stopped
 * vhost on any node makes it `down`. A node that is itself down does not: that is no fault of the vhost, and is said in
 * the evidence.
 */
export function vhostStatus(
  vhost: string,
  nodes: Readonly<Record<string, string>> | null,
  amqp: AmqpFinding,
  at: string,
): VhostStatus {
  const amqpSaid = amqp.is === 'unreachable' ? `${amqp.evidence}; AMQP could not be tried` : amqp.evidence;
  if (nodes === null) {
    return { vhost, state: 'absent', nodes: {}, evidence: [`HTTP ${at}: 404, no such vhost`, amqpSaid] };
  }
  const states = Object.values(nodes);
  const shown = Object.entries(nodes).map(([node, state]) => `${visible(node, 100)} ${visible(state, 100)}`);
  const http = `HTTP ${at}: cluster_state ${shown.length === 0 ? 'not given' : shown.join(', ')}`;
  return { vhost, state: stateOf(states, amqp), nodes, evidence: [http, amqpSaid] };
}

function stateOf(states: readonly string[], amqp: AmqpFinding): VhostStatus['state'] {
  if (amqp.is === 'down' || states.some((state) => state !== 'running' && state !== 'nodedown')) return 'down';
  if (states.length > 0 && !states.includes('running')) return 'down';
  // HTTP saw it a moment before: it is being deleted, or was just now.
  if (amqp.is === 'absent') return 'absent';
  return amqp.is === 'unpermitted' ? 'unpermitted' : 'running';
}

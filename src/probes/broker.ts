import type { Finding } from '../core/finding.ts';
import type { Problem } from '../core/fault.ts';
import { finding, looked, notConfigured, type Probe } from './probe.ts';

/** The broker as a whole: its management API, AMQP, and alarms for which it blocks publishers. */
export const brokerProbe: Probe = {
  place: 'broker',
  look: async ({ broker, nowMs }) => {
    if (broker === null) return notConfigured('broker', 'no rabbitmq section');
    const [overview, amqp, alarms] = await Promise.all([broker.overview(), broker.amqp(), broker.alarms()]);
    const deaf = amqp.is === 'unseen' || amqp.value.is === 'unreachable';
    const amqpSaid = amqp.is === 'unseen' ? amqp.problem.message : amqp.value.evidence;
    if (overview.is === 'unseen')
      return looked(`RabbitMQ ${broker.identity}`, {}, [silent(overview.problem, deaf, amqpSaid)]);
    const { product, version, nodes } = overview.value;
    const down = nodes.filter((node) => !node.running).map((node) => node.name);
    const uptimeMs = Math.min(...nodes.filter((node) => node.running).map((node) => node.uptimeMs));
    return looked(
      `${product} ${version}`,
      {
        figure: `${nodes.length - down.length} of ${nodes.length} node${nodes.length === 1 ? '' : 's'} running`,
        figures: { nodes: nodes.length, nodesRunning: nodes.length - down.length },
        since: Number.isFinite(uptimeMs) ? { ms: nowMs - uptimeMs, how: 'since' } : null,
      },
      [
        ...(deaf ? [noAmqp(amqpSaid)] : []),
        ...down.map(nodeDown),
        ...(alarms.is === 'seen' && alarms.value.length > 0 ? [alarmed(alarms.value)] : []),
      ],
    );
  },
};

function silent(problem: Problem, deaf: boolean, amqpSaid: string): Finding {
  const reached = problem.exit !== 'unreachable';
  if (reached || !deaf)
    return finding({
      code: reached ? 'broker.refused' : 'broker.management-unreachable',
      place: 'broker',
      severity: 'unseen',
      message: problem.message,
      evidence: [problem.code, amqpSaid],
      meaning: reached
        ? 'The broker answers and does not tell this tool anything.'
        : 'Services may well work, as AMQP answers; of vhosts and queues nothing can be seen.',
      blocks: ['every recovery of the vhost by this tool'],
      next: { byHand: problem.next?.[0] ?? null, command: 'esr-ops config check' },
    });
  return finding({
    code: 'broker.down',
    place: 'broker',
    severity: 'broken',
    message: 'The broker answers neither over HTTP nor over AMQP.',
    evidence: [problem.message, amqpSaid],
    meaning:
      'Nobody can publish or consume: the whole interface stands still, or this machine cannot reach the broker.',
    blocks: ['all messages of the interface', 'every recovery of the vhost'],
    confidence: 'likely',
    next: {
      byHand: 'See in the console of its provider, or on its host, whether the broker runs, and start it.',
      command: 'esr-ops status',
    },
  });
}

function noAmqp(said: string): Finding {
  return finding({
    code: 'broker.amqp-unreachable',
    place: 'broker',
    severity: 'broken',
    message: 'The broker answers over HTTP and not over AMQP.',
    evidence: [said],
    meaning: 'No service can connect, although the management console looks well.',
    blocks: ['all messages of the interface'],
    confidence: 'likely',
    next: {
      byHand: 'See whether the listener and the network rules of the AMQP port are there, and rabbitmq.amqp is right.',
      command: 'esr-ops config check',
    },
  });
}

function nodeDown(name: string): Finding {
  return finding({
    code: 'broker.node-down',
    place: 'broker',
    severity: 'degraded',
    message: `Node ${name} of the broker is not running.`,
    evidence: [`GET /api/nodes: ${name} running: false`],
    meaning: 'Queues that live on it can not be used until it is back.',
    blocks: ['queues on that node'],
    next: { byHand: 'Start that node.', command: 'esr-ops status' },
  });
}

function alarmed(alarms: readonly string[]): Finding {
  return finding({
    code: 'broker.alarm',
    place: 'broker',
    severity: 'broken',
    message: `The broker blocks everybody who publishes: ${alarms.join(', ')}.`,
    figure: alarms.join(', '),
    evidence: alarms.map((alarm) => `alarm on ${alarm}`),
    meaning: 'Publishers hang without an error until the alarm is gone; consumers go on.',
    blocks: ['publishing', 'CDC'],
    next: {
      byHand: 'Let consumers empty the queues, or give the broker more room (memory or disk, as the alarm says).',
      command: 'esr-ops status',
    },
  });
}

import type { Capture } from '../core/capture.ts';
import type { Finding, Since } from '../core/finding.ts';
import type { QueueDepth } from '../core/vhost.ts';
import { operands, typedCommand } from '../core/typed-command.ts';
import { finding, looked, notConfigured, unseen, type Probe } from './probe.ts';

/** Names that the interface gives to queues of dead letters, such as `esr.dlq` and `esr.dlq.2024.03.13`. */
const deadLetters = /(^|[._-])dl[qx]([._-]|$)/i;

/** Queues listed in one finding. */
const most = 10;

/** Queues and their consumers, against the last good capture of the vhost running, else against the configuration. */
export const queuesProbe: Probe = {
  place: 'queues',
  look: async ({ broker, captures, environment }) => {
    if (broker === null) return notConfigured('queues', 'no rabbitmq section');
    const [depths, good, status] = await Promise.all([broker.depths(), captures(), broker.status()]);
    const running = good.is === 'seen' ? good.value.running : null;
    const baseline = baselineOf(running, environment.rabbitmq?.expected.consumers ?? null);
    if (depths.is === 'unseen')
      return looked('queues', {}, [unseen('queues', depths.problem, 'Depths and consumers are unknown, not 0.')]);
    if (depths.value === null)
      return looked('queues', { figure: 'unknown', figures: { messages: null, consumers: null } }, [
        status.is === 'seen' && status.value.state === 'running' ? untold() : hidden(),
      ]);
    const queues = depths.value;
    const consumers = sum(queues, 'consumers');
    const messages = sum(queues, 'messages');
    const since: Since | null = running === null ? null : { ms: Date.parse(running.manifest.takenAt), how: 'after' };
    const of = baseline.consumers === null ? '' : ` of ${baseline.consumers}`;
    return looked(
      `${queues.length} queue${queues.length === 1 ? '' : 's'}`,
      {
        figure: `${consumers}${of} consumer${consumers === 1 ? '' : 's'}, ${messages} message${messages === 1 ? '' : 's'}`,
        figures: { queues: queues.length, consumers, expectedConsumers: baseline.consumers, messages },
      },
      [...consumerFindings(queues, consumers, baseline, since), ...deadLetterFindings(queues)],
    );
  },
};

interface Baseline {
  /** Consumers in all; null: not known. */
  readonly consumers: number | null;
  /** Queues that had consumers. */
  readonly consumed: ReadonlySet<string>;
  readonly from: string;
}

function baselineOf(running: Capture | null, expected: number | null): Baseline {
  const depths = running?.snapshot.depths ?? null;
  if (running === null || depths === null)
    return { consumers: expected, consumed: new Set(), from: 'rabbitmq.expected.consumers' };
  return {
    consumers: sum(depths, 'consumers'),
    consumed: new Set(depths.filter((queue) => queue.consumers > 0).map(({ queue }) => queue)),
    from: `capture ${running.manifest.id}`,
  };
}

function sum(queues: readonly QueueDepth[], what: 'consumers' | 'messages'): number {
  return queues.reduce((total, queue) => total + queue[what], 0);
}

function hidden(): Finding {
  return finding({
    code: 'queues.unknown',
    place: 'queues',
    severity: 'unseen',
    message: 'How many messages and consumers there are is unknown, because the vhost is down.',
    figure: 'unknown',
    evidence: ['a vhost that is down answers 0 for its queues, which says nothing'],
    meaning: 'Unknown, not 0: what is in the queues may or may not come back with the vhost.',
    next: { byHand: null, command: 'esr-ops recover vhost' },
  });
}

/** The broker gives no numbers for a queue whose node is down; or it collects none. */
function untold(): Finding {
  return finding({
    code: 'queues.unknown',
    place: 'queues',
    severity: 'unseen',
    message: 'How many messages and consumers there are is unknown: the broker does not say it of every queue.',
    figure: 'unknown',
    evidence: ['the vhost runs, and at least one of its queues is listed without numbers'],
    meaning: 'The node of such a queue is down, or statistics are switched off. Unknown, not 0.',
    next: {
      byHand: 'Look at the nodes of the broker, and at the queues in its management page.',
      command: 'esr-ops status',
    },
  });
}

function consumerFindings(
  queues: readonly QueueDepth[],
  consumers: number,
  { consumers: expected, consumed, from }: Baseline,
  since: Since | null,
): readonly Finding[] {
  const silent = queues.filter((queue) => queue.consumers === 0 && consumed.has(queue.queue));
  if (silent.length === 0 && (expected === null || consumers >= expected)) return [];
  const waiting = sum(silent, 'messages');
  const figure = `${consumers} of ${expected ?? '?'} consumers`;
  return [
    finding({
      code: 'queues.consumers-missing',
      place: 'queues',
      severity: consumers === 0 ? 'broken' : 'degraded',
      message:
        silent.length === 0
          ? `There are ${figure}.`
          : `${silent.length} queue${silent.length === 1 ? ' has' : 's have'} lost all consumers, with ${waiting} message${waiting === 1 ? '' : 's'} waiting.`,
      figure,
      since,
      evidence: [
        `${figure}, by ${from}`,
        ...silent.slice(0, most).map(({ queue, messages }) => `${queue}: 0 consumers, ${messages} messages`),
        ...(silent.length > most ? [`and ${silent.length - most} more`] : []),
      ],
      meaning: 'The services that consume are not connected, or have given up: messages wait and are not lost.',
      blocks: silent.slice(0, most).map(({ queue }) => `what is done with messages of ${queue}`),
      next: {
        byHand: 'Look at the services that consume from these queues: are they up, and what do their logs say?',
        command: 'esr-ops diagnose --log FILE',
      },
    }),
  ];
}

function deadLetterFindings(queues: readonly QueueDepth[]): readonly Finding[] {
  return queues
    .filter(({ queue, messages }) => messages > 0 && deadLetters.test(queue))
    .slice(0, most)
    .map(({ queue, messages }) =>
      finding({
        code: 'queues.dead-letters',
        place: 'queues',
        severity: 'advice',
        message: `${messages} dead letter${messages === 1 ? ' waits' : 's wait'} in ${queue}.`,
        figure: `${messages} dead letters`,
        evidence: [`${queue}: ${messages} messages`],
        meaning: 'A service rejected them; nobody works on them until they are looked at.',
        next: { byHand: null, command: typedCommand(['esr-ops', 'dlq', 'park', ...operands(queue)]) },
      }),
    );
}

import type { JsonObject } from '../core/json.ts';

/** A user of the lab's broker with what it may do in the vhost. Passwords are made at random for each lab. */
interface TopologyUser {
  readonly name: string;
  readonly tags: readonly string[];
  /** Absent: the user has no permission on the vhost. */
  readonly permission?: { readonly configure: string; readonly write: string; readonly read: string };
  readonly topicPermissions?: readonly { readonly exchange: string; readonly write: string; readonly read: string }[];
}

/** All that a vhost holds, as the management API takes it. */
export interface Topology {
  readonly vhost: string;
  readonly metadata: { readonly description: string; readonly tags: string };
  readonly limits: Readonly<Record<string, number>>;
  readonly users: readonly TopologyUser[];
  readonly exchanges: readonly { readonly name: string; readonly type: string; readonly arguments?: JsonObject }[];
  readonly queues: readonly { readonly name: string; readonly arguments?: JsonObject }[];
  readonly bindings: readonly {
    readonly from: string;
    readonly to: string;
    readonly toKind?: 'queue' | 'exchange';
    readonly key: string;
    readonly arguments?: JsonObject;
  }[];
  readonly policies: readonly ({ readonly name: string } & JsonObject)[];
  readonly operatorPolicies: readonly ({ readonly name: string } & JsonObject)[];
}

const deadLetters = { 'x-dead-letter-exchange': 'esr.dlx' };
const own = '^(esr\\.|maxwell$)';

/** The user whom nobody expects in the vhost, and his queue: both block a recreation until they are named. */
export const foreign = { user: 'reval', queue: 'reval.queue.foreign' } as const;

/**
 * A vhost shaped like the real one: exchanges of every type, dead letters, limits on some queues, an alternate
 * exchange, bindings with arguments, policies on both levels, users with narrow permissions, and one foreign tenant.
 * Queue names of the services are the real ones; names that are not public are made up.
 */
export const esrTopology: Topology = {
  vhost: 'esr',
  metadata: { description: 'ESR interface – laboratory', tags: 'esr,lab' },
  limits: { 'max-connections': 400, 'max-queues': 6000 },
  users: [
    { name: 'esr-inbound', tags: [], permission: { configure: own, write: own, read: own } },
    {
      name: 'esr-exporter',
      tags: [],
      permission: { configure: '^esr\\.queue\\.', write: '^esr\\.', read: '^esr\\.' },
      topicPermissions: [{ exchange: 'esr.exchange', write: '^esr\\.(POR|POS|ASG|apprecord)\\.', read: '.*' }],
    },
    {
      name: 'esr-audit',
      tags: [],
      permission: { configure: '^$', write: '^$', read: '^esr\\.queue\\.' },
      topicPermissions: [{ exchange: 'esr.exchange', write: '^$', read: '^esr\\.#' }],
    },
    { name: 'esr-monitoring', tags: ['monitoring'], permission: { configure: '^$', write: '^$', read: '.*' } },
    { name: 'cdc', tags: [], permission: { configure: '^maxwell$', write: '^maxwell$', read: '^$' } },
    {
      name: foreign.user,
      tags: [],
      permission: { configure: '^reval\\.', write: '^reval\\.', read: '^(reval|esr)\\.' },
    },
  ],
  exchanges: [
    { name: 'esr.exchange', type: 'topic', arguments: { 'alternate-exchange': 'esr.unrouted' } },
    { name: 'esr.command', type: 'direct' },
    { name: 'esr.dlx', type: 'topic' },
    { name: 'esr.unrouted', type: 'fanout' },
    { name: 'esr.by-version', type: 'headers' },
    { name: 'maxwell', type: 'fanout' },
  ],
  queues: [
    { name: 'esr.queue.POR.split', arguments: { ...deadLetters, 'x-dead-letter-routing-key': 'POR.split' } },
    { name: 'esr.queue.POS.split', arguments: { ...deadLetters, 'x-dead-letter-routing-key': 'POS.split' } },
    { name: 'esr.queue.ASG.split', arguments: { ...deadLetters, 'x-dead-letter-routing-key': 'ASG.split' } },
    { name: 'esr.queue.POR.saved', arguments: deadLetters },
    { name: 'esr.queue.POS.saved', arguments: deadLetters },
    { name: 'esr.queue.ASG.saved', arguments: deadLetters },
    { name: 'esr.queue.position.reconciled', arguments: { ...deadLetters, 'x-queue-mode': 'lazy' } },
    { name: 'esr.queue.apprecord.generated', arguments: { ...deadLetters, 'x-max-priority': 5 } },
    { name: 'esr.queue.apprecord.created.dataexporter', arguments: deadLetters },
    { name: 'esr.queue.appfilegenerationcommand', arguments: { ...deadLetters, 'x-message-ttl': 86_400_000 } },
    {
      name: 'esr.queue.tis.changes',
      arguments: { ...deadLetters, 'x-max-length': 100_000, 'x-overflow': 'reject-publish' },
    },
    { name: 'esr.queue.unrouted', arguments: { 'x-max-length': 1_000 } },
    { name: 'esr.dlq' },
    { name: foreign.queue },
  ],
  bindings: [
    { from: 'esr.exchange', to: 'esr.queue.POR.split', key: 'esr.POR.split' },
    { from: 'esr.exchange', to: 'esr.queue.POS.split', key: 'esr.POS.split' },
    { from: 'esr.exchange', to: 'esr.queue.ASG.split', key: 'esr.ASG.split' },
    { from: 'esr.exchange', to: 'esr.queue.POR.saved', key: 'esr.POR.saved' },
    { from: 'esr.exchange', to: 'esr.queue.POS.saved', key: 'esr.POS.saved' },
    { from: 'esr.exchange', to: 'esr.queue.ASG.saved', key: 'esr.ASG.saved' },
    { from: 'esr.exchange', to: 'esr.queue.position.reconciled', key: 'esr.position.reconciled' },
    { from: 'esr.exchange', to: 'esr.queue.apprecord.generated', key: 'esr.apprecord.generated.*' },
    { from: 'esr.exchange', to: 'esr.queue.apprecord.created.dataexporter', key: 'esr.apprecord.created.#' },
    { from: 'esr.exchange', to: 'esr.by-version', toKind: 'exchange', key: 'esr.versioned.#' },
    {
      from: 'esr.by-version',
      to: 'esr.queue.apprecord.generated',
      key: '',
      arguments: { 'x-match': 'all', type: 'APP', version: 2 },
    },
    { from: 'esr.command', to: 'esr.queue.appfilegenerationcommand', key: 'appfilegenerationcommand' },
    { from: 'esr.dlx', to: 'esr.dlq', key: '#' },
    { from: 'esr.unrouted', to: 'esr.queue.unrouted', key: '' },
    { from: 'maxwell', to: 'esr.queue.tis.changes', key: '' },
    { from: 'esr.exchange', to: foreign.queue, key: 'reval.#' },
  ],
  policies: [
    {
      name: 'esr-dead-letters',
      pattern: '^esr\\.dlq',
      'apply-to': 'queues',
      priority: 10,
      definition: { 'message-ttl': 2_592_000_000, 'max-length': 500_000 },
    },
    {
      name: 'esr-bounded',
      pattern: '^esr\\.queue\\.',
      'apply-to': 'queues',
      priority: 1,
      definition: { 'max-length-bytes': 536_870_912, overflow: 'reject-publish' },
    },
  ],
  operatorPolicies: [
    {
      name: 'lab-ceiling',
      pattern: '.*',
      'apply-to': 'queues',
      priority: 0,
      definition: { 'max-length': 1_000_000 },
    },
  ],
};

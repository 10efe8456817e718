import type { Json, JsonObject } from './json.ts';

/**
 * State of a virtual host seen from outside.
 * `running`: on every node · `down`: AMQP closes with 541, `cluster_state` says stopped · `absent`: AMQP 530
 * "not found", HTTP 404 · `unpermitted`: it exists, this user has no permission on it (AMQP 530 "access refused").
 */
export type VhostState = 'running' | 'down' | 'absent' | 'unpermitted';

/** A vhost's state, per node too: one node's stopped vhost makes the whole `down`. */
export interface VhostStatus {
  readonly vhost: string;
  readonly state: VhostState;
  /** `cluster_state` of the management API: node name -> running, stopped or nodedown. Empty when absent. */
  readonly nodes: Readonly<Record<string, string>>;
  /** How it is known: the HTTP answer or the AMQP close frame (code and text), control characters visible. */
  readonly evidence: readonly string[];
}

/** What AMQP itself answers for a vhost. */
export interface AmqpAnswer {
  /** `unreachable`: nobody answered · `refused`: somebody did, and said no (the vhost, the permission, the password). */
  readonly is: 'opened' | 'refused' | 'unreachable';
  /** In words, with the broker's own text; control characters visible. */
  readonly evidence: string;
}

/** An exchange as it is there. */
export interface ExchangeSight {
  readonly type: string;
  readonly durable: boolean;
  /** Bindings that lead away from it. None: what is published to it is dropped without a word. */
  readonly bindings: number;
}

/** The broker's own identity and version. */
export interface BrokerOverview {
  readonly product: string;
  /** Version of RabbitMQ, e.g. `3.10.8`. */
  readonly version: string;
  readonly clusterName: string;
  /** Nodes with uptime in milliseconds and the OS process id: both change at a reboot. */
  readonly nodes: readonly {
    readonly name: string;
    readonly running: boolean;
    readonly uptimeMs: number;
    readonly osPid: string;
  }[];
}

/** A user's permissions on a vhost: three regular expressions, as RabbitMQ keeps them. */
export interface Permission {
  readonly user: string;
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** A user's topic permissions on one exchange of a vhost. */
export interface TopicPermission {
  readonly user: string;
  readonly exchange: string;
  readonly write: string;
  readonly read: string;
}

/** A client connection to a vhost. */
export interface VhostConnection {
  /** RabbitMQ's connection name, `client ip:port -> server ip:port`. */
  readonly name: string;
  readonly user: string;
  readonly vhost: string;
  readonly peer: string;
  /** `connection_name` and product that the client gave of itself; empty when it gave none. */
  readonly clientName: string;
  readonly connectedAtMs: number;
}

/** What one channel has published since it was opened. */
export interface ChannelPublishes {
  readonly user: string;
  /** Messages that it gave to exchanges of the vhost. */
  readonly published: number;
  /** Those of them that no binding took anywhere; where they were mandatory they went back. */
  readonly unroutable: number;
}

/** Depth and consumers of one queue, only ever of a running vhost. Counts are of messages and consumers. */
export interface QueueDepth {
  readonly queue: string;
  readonly messages: number;
  readonly ready: number;
  readonly unacknowledged: number;
  readonly consumers: number;
}

/**
 * Objects of a vhost as `GET /api/definitions/{vhost}` gives them, vhost names stripped, lists in canonical order.
 * Kept as the broker's own JSON, so that no property is lost that this version of esr-ops does not know.
 */
export interface VhostDefinitions {
  readonly queues: readonly JsonObject[];
  readonly exchanges: readonly JsonObject[];
  readonly bindings: readonly JsonObject[];
  readonly policies: readonly JsonObject[];
  readonly parameters: readonly JsonObject[];
}

/** Everything that deleting a vhost destroys, except messages. */
export interface VhostSnapshot {
  readonly vhost: string;
  readonly takenAt: string;
  readonly status: VhostStatus;
  readonly broker: BrokerOverview;
  readonly metadata: {
    readonly description: string;
    readonly tags: readonly string[];
    /** `default_queue_type`; null where the broker has none (before 3.11 or unset). */
    readonly defaultQueueType: string | null;
    readonly tracing: boolean;
  };
  readonly definitions: VhostDefinitions;
  readonly operatorPolicies: readonly JsonObject[];
  readonly permissions: readonly Permission[];
  readonly topicPermissions: readonly TopicPermission[];
  /** `max-connections`, `max-queues` -> value. */
  readonly limits: Readonly<Record<string, number>>;
  readonly connections: readonly VhostConnection[];
  /** Null when the vhost is not running: depths and consumers are then unknown, never 0. */
  readonly depths: readonly QueueDepth[] | null;
}

/** One item in which two sets of vhost objects differ. */
export interface Difference {
  /** `missing`: expected and not there · `extra`: there and not expected · `changed`: both, not equal. */
  readonly is: 'missing' | 'extra' | 'changed';
  /** `queue`, `exchange`, `binding`, `policy`, `operator-policy`, `parameter`, `permission`, `topic-permission`, `limit`, `metadata`. */
  readonly kind: string;
  /** Name that tells the item apart within its kind, e.g. `esr.exchange -> esr.queue.POR.split (POR.#)`. */
  readonly name: string;
  readonly expected?: Json;
  readonly actual?: Json;
}

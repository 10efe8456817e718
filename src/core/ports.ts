import type { Capture, CaptureManifest, CaptureVerdict } from './capture.ts';
import type { JournalReading } from './journal.ts';
import type { CdcReaders, CdcWriters } from './ports-cdc.ts';
import type { ComponentsReader, ComponentsWriter } from './ports-components.ts';
import type { DockerCaptureReader, DockerCaptureWriter } from './ports-docker-captures.ts';
import type { DockerPlace, DockerReader, DockerWriter } from './ports-docker.ts';
import type { LoadJobsWriter, LoadReaders } from './ports-loads.ts';
import type { MessagesReader, MessagesWriter } from './ports-messages.ts';
import type { S3Buckets } from './ports-s3.ts';
import type { ReconcileReader } from './ports-reconcile.ts';
import type { RunState } from './fold.ts';
import type {
  AmqpAnswer,
  BrokerOverview,
  ChannelPublishes,
  ExchangeSight,
  Permission,
  QueueDepth,
  TopicPermission,
  VhostConnection,
  VhostDefinitions,
  VhostSnapshot,
  VhostStatus,
} from './vhost.ts';
import type { JsonObject } from './json.ts';

/** Wall clock and waiting; a double in tests, so that nothing depends on real seconds. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after the given milliseconds, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Reads of a RabbitMQ broker: its management API through a transport that can only GET, and AMQP handshakes that
 * open a connection and close it. Every method throws a Fault: `rabbitmq.unreachable` (exit unreachable),
 * `rabbitmq.unauthorised`, `rabbitmq.not-administrator`, `rabbitmq.bad-answer`.
 */
export interface RabbitReader {
  /** Management URL without credentials: names the broker on screens and in plans. */
  readonly identity: string;
  overview(): Promise<BrokerOverview>;
  whoami(): Promise<{ readonly name: string; readonly tags: readonly string[] }>;
  vhosts(): Promise<readonly string[]>;
  /** Told apart from HTTP and from AMQP's close frame. */
  status(vhost: string): Promise<VhostStatus>;
  /**
   * Whole content except messages; of an absent vhost a Fault `rabbitmq.vhost-absent`. Without depths, which the broker
   * may know only seconds later, they are null as if unknown.
   */
  snapshot(vhost: string, without?: { readonly depths: false }): Promise<VhostSnapshot>;
  definitions(vhost: string): Promise<VhostDefinitions>;
  /** Null when the vhost isn't running: then depths and consumers are unknown. */
  depths(vhost: string): Promise<readonly QueueDepth[] | null>;
  connections(vhost: string): Promise<readonly VhostConnection[]>;
  /** The vhost's channels with what they published; the broker counts every few seconds (`collect_statistics_interval`). */
  publishes(vhost: string): Promise<readonly ChannelPublishes[]>;
  permissions(vhost: string): Promise<readonly Permission[]>;
  topicPermissions(vhost: string): Promise<readonly TopicPermission[]>;
  /** `max-connections`, `max-channels` of a user; empty when it has no limits. */
  userLimits(user: string): Promise<Readonly<Record<string, number>>>;
  /** Deletion protection (RabbitMQ 4.0.6 and later); false where the broker doesn't know it. */
  deletionProtected(vhost: string): Promise<boolean>;
  /** Names of canary exchanges and queues that an earlier run left behind. */
  canaries(vhost: string): Promise<readonly string[]>;
  /** One exchange with the number of bindings that lead away from it; null when it isn't there, or its vhost. */
  exchange(vhost: string, name: string): Promise<ExchangeSight | null>;
  /** Alarms for which the broker blocks everybody who publishes: `node: memory`, `node: disk`. */
  alarms(): Promise<readonly string[]>;
  /** Opens an AMQP connection to the vhost and closes it: whether services can get in at all. Faults only for settings. */
  amqp(vhost: string): Promise<AmqpAnswer>;
}

/** Changes to a RabbitMQ broker over its management API. A time-out after sending is a Fault with `details.sent: true`. */
export interface RabbitWriter {
  startVhost(vhost: string, node: string): Promise<void>;
  deleteVhost(vhost: string): Promise<void>;
  /** Returns when the broker answered; whether it runs is asked of the reader. */
  createVhost(vhost: string, metadata: VhostSnapshot['metadata']): Promise<void>;
  /** Merges: conflicting immutable objects are kept as they are, so the result must be compared. */
  importDefinitions(vhost: string, definitions: VhostDefinitions): Promise<void>;
  setOperatorPolicy(vhost: string, policy: JsonObject): Promise<void>;
  setLimit(vhost: string, name: string, value: number): Promise<void>;
  setPermission(vhost: string, permission: Permission): Promise<void>;
  setTopicPermission(vhost: string, permission: TopicPermission): Promise<void>;
  clearPermission(vhost: string, user: string): Promise<void>;
  closeConnection(name: string, reason: string): Promise<void>;
  setUserLimit(user: string, name: string, value: number): Promise<void>;
  clearUserLimit(user: string, name: string): Promise<void>;
  /** A persistent message through an own exchange and queue, read back and compared; removes both. */
  canary(vhost: string, name: string): Promise<{ readonly evidence: readonly string[] }>;
  /** Removes what an interrupted canary left. */
  removeCanary(vhost: string, name: string): Promise<void>;
}

export interface CaptureReader {
  /** Newest first; damaged ones are left out and named in `damaged`. */
  list(vhost: string): Promise<{
    readonly manifests: readonly CaptureManifest[];
    readonly damaged: readonly { readonly id: string; readonly why: string }[];
  }>;
  /**
   * Reads and checks every file against the manifest; a Fault `capture.damaged` names the file. `with` also opens
   * the secrets and is a Fault when that can't be done (no key, wrong key); `without` leaves marks in their places,
   * which is enough to compare and to judge.
   */
  load(id: string, secrets: 'with' | 'without'): Promise<Capture>;
}

export interface CaptureWriter {
  /** Writes, syncs and reads back; returns the manifest as it was read. Secrets are split off first. */
  write(id: string, snapshot: VhostSnapshot, verdict: CaptureVerdict): Promise<CaptureManifest>;
}

/** Runs of this environment on this host. */
export interface RunReader {
  /** Newest first. */
  list(): Promise<readonly RunListing[]>;
  read(run: string): Promise<JournalReading>;
}

export interface RunListing {
  readonly run: string;
  readonly path: string;
  /** Null when the journal is damaged. */
  readonly state: RunState | null;
  readonly damage: string | null;
}

/** Runs the configured argv that reboots the broker. */
export interface BrokerControl {
  reboot(): Promise<{ readonly evidence: readonly string[] }>;
}

/** Everything that deciding may look at. Nothing in it can change anything. */
export interface Readers {
  readonly rabbit: RabbitReader;
  readonly captures: CaptureReader;
  readonly runs: RunReader;
  readonly messages: MessagesReader;
  /** Null where the environment has no CDC that can be controlled from here. */
  readonly cdc: CdcReaders | null;
  /** Any engine of the environment. A Fault `config.unknown-host` for a host that it does not have. */
  readonly docker: (place: DockerPlace) => DockerReader;
  readonly dockerCaptures: DockerCaptureReader;
  readonly components: ComponentsReader;
  readonly loads: LoadReaders;
  /** A bucket's; null where the environment does not say where its object storage is. */
  readonly s3: S3Buckets | null;
  /** Null where the environment does not say what is compared. */
  readonly reconcile: ReconcileReader | null;
  readonly clock: Clock;
}

/** Changes to the journals of other runs. */
export interface RunsWriter {
  /** Takes responsibility for how an earlier run stands. A Fault of the lock when somebody is at work on it. */
  acknowledge(run: string, target: string, reason: string): Promise<void>;
}

/** Everything that src/apply may use to change things. */
export interface Writers {
  readonly rabbit: RabbitWriter;
  readonly captures: CaptureWriter;
  readonly broker: BrokerControl;
  readonly messages: MessagesWriter;
  readonly cdc: CdcWriters | null;
  readonly docker: (place: DockerPlace) => DockerWriter;
  readonly dockerCaptures: DockerCaptureWriter;
  readonly components: ComponentsWriter;
  readonly loads: LoadJobsWriter;
  readonly runs: RunsWriter;
}

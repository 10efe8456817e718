import type { DrainManifest, QueueKind } from './drain.ts';
import type { Progress } from './host.ts';

/** A queue as draining needs to know it. */
export interface QueueDetail {
  readonly name: string;
  readonly kind: QueueKind;
  /** Belongs to one connection and goes with it. */
  readonly exclusive: boolean;
  /** Ready and unacknowledged messages, and octets of their bodies; null when the broker does not say. */
  readonly messages: number | null;
  readonly bytes: number | null;
  /** As the management API lists them: some seconds old. */
  readonly consumers: number;
  /** Deliveries after which a quorum queue drops or dead-letters a message; null without a limit. */
  readonly deliveryLimit: number | null;
}

/** One drain on disk. */
export interface DrainListing {
  /** `drain-<UTC compact>-<6 hex>`; also the folder's name. */
  readonly id: string;
  readonly path: string;
  /** Null when its manifest is damaged. */
  readonly manifest: DrainManifest | null;
  readonly damage: string | null;
}

/** Reads of queues and of drained messages. */
export interface MessagesReader {
  /** Queues of a vhost that runs. */
  queues(vhost: string): Promise<readonly QueueDetail[]>;
  /**
   * Consumers of these queues as the broker itself counts them at this moment: a listing is seconds old. Queues that
   * can't be asked are absent.
   */
  consumers(vhost: string, queues: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Names of queues that no process serves now (their node is down or has the vhost stopped), as they are listed. */
  unserved(vhost: string): Promise<ReadonlySet<string>>;
  /** Drains of this environment on this host, newest first. */
  drains(): Promise<readonly DrainListing[]>;
  /** The manifest of a drain, every segment checked; Faults `drain.absent`, `drain.damaged`. */
  verified(id: string): Promise<DrainManifest>;
  /** How many messages this restore would send that restores of the same drain to other places have sent already. */
  sentElsewhere(request: Pick<RestoreRequest, 'vhost' | 'drain' | 'queues' | 'to' | 'into'>): Promise<SentElsewhere>;
}

/** What other ledgers of a drain say of the messages that a restore would send. */
export interface SentElsewhere {
  readonly messages: number;
  /** Where they were sent, in words. */
  readonly places: readonly string[];
}

/** What a drain or a restore is to do. Plain data, as it stands in a change. */
export interface DrainRequest {
  readonly vhost: string;
  readonly drain: string;
  readonly queues: readonly QueueDetail[];
  readonly copy: boolean;
  readonly allowConsumers: boolean;
  /** Dead letters that are to go back: each queue in which one died first must be there before any is acknowledged. */
  readonly checkTargets: boolean;
}

/** Which messages of a drain go where. */
export interface RestoreRequest {
  readonly vhost: string;
  readonly drain: string;
  /** Null: all of the drain. */
  readonly queues: readonly string[] | null;
  /** `death`: dead letters into the queue in which each died first. */
  readonly to: 'queue' | 'exchange' | 'death';
  /** CDC's messages from this time on (ms since the epoch) are parked: the replay sends them again. Null: none. */
  readonly skipReplayedFrom: number | null;
  /** Every message goes into this queue instead of the one that it came from. Null: back where it came from. */
  readonly into: string | null;
  /** Leave out what a restore of the same drain to another place has sent. */
  readonly unsent: boolean;
}

/** How far a drain or restore is, and that it may be stopped. */
export interface MessagesWork {
  readonly progress: (progress: Progress | null) => void;
  /** Stops at a message boundary; what is on disk or confirmed stays so. */
  readonly signal: AbortSignal;
}

/** How a drain ended, in figures. */
export interface DrainResult {
  readonly interrupted: boolean;
  readonly messages: number;
  readonly bytes: number;
  readonly maybeTwice: number;
  /** Queues whose count was not what was expected, in sentences. */
  readonly remarks: readonly string[];
}

/** How a restore ended, in figures. */
export interface RestoreResult {
  readonly interrupted: boolean;
  /** Confirmed by the broker now, and by earlier restores of the same drain to the same place: not sent again. */
  readonly restored: number;
  readonly earlier: number;
  /**
   * CDC's, which the replay sends again; dead letters that don't say where they died; and what a restore to another
   * place has sent, where that is to be left out. All stay in the drain.
   */
  readonly parked: { readonly replayed: number; readonly noPlace: number; readonly elsewhere: number };
  /** Not taken or not routable, by queue and the broker's words; they stay in the drain. */
  readonly left: readonly { readonly queue: string; readonly said: string; readonly count: number }[];
  readonly maybeTwice: number;
  /** What could not stay exactly as it was, in sentences. */
  readonly remarks: readonly string[];
}

/** Takes messages off queues to disk, and puts them back. */
export interface MessagesWriter {
  drain(request: DrainRequest, work: MessagesWork): Promise<DrainResult>;
  restore(request: RestoreRequest, work: MessagesWork): Promise<RestoreResult>;
  /** Declares a durable classic queue that the default exchange reaches. */
  declareQueue(vhost: string, queue: string): Promise<void>;
}

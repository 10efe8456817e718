import type { DrainManifest } from '../../core/drain.ts';
import type { RabbitAccess } from '../rabbitmq/access.ts';
import type { DrainedMessage } from './drained-message.ts';
import type { RestoreChange } from './restored-properties.ts';

/** What `restoreDrain` needs. */
export interface RestoreOptions {
  readonly access: RabbitAccess;
  readonly vhost: string;
  /** The drain's folder. It is verified from end to end before the first message is sent. */
  readonly dir: string;
  /** The ledger's file. Default `restore.jsonl` in the drain's folder. */
  readonly ledger?: string;
  /** Names of queues; all by default. */
  readonly queues?: readonly string[];
  /**
   * `queue` (default): into exactly the queue that each message came from, its routing key kept, through a temporary
   * exchange bound to that queue alone; a consumer sees that exchange's name. `exchange`: to the exchange that it was
   * published to, which may deliver to more queues than one. `death`: dead letters into the queue in which each died
   * first; one that does not say is held back.
   */
  readonly to?: 'queue' | 'exchange' | 'death';
  /** Every message into this queue, with its routing key kept. Wants a ledger of its own. */
  readonly into?: string;
  /** A reason to hold a message back (it stays in the drain), or null to send it. */
  readonly park?: (message: DrainedMessage) => string | null;
  /** Whether a record (by its number) is left out, since a restore to another place has sent it. */
  readonly skip?: (record: number) => boolean;
  /** Messages that are published and not confirmed at most. Default 4,000, and 32 MiB of bodies. */
  readonly window?: number;
  /** Milliseconds without any confirm, or blocked by an alarm of the broker, that end it. Default 60,000. */
  readonly stallMs?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (progress: RestoreProgress) => void;
}

/** How far it is. */
export interface RestoreProgress {
  /** Confirmed in this session, and all that were to be restored. */
  readonly done: number;
  readonly total: number;
  /** Why the broker takes no messages at present. */
  readonly blocked: string | null;
}

/** How a restore ended. */
export interface RestoreOutcome {
  readonly manifest: DrainManifest;
  readonly interrupted: boolean;
  /** Confirmed in this session, and in earlier ones. */
  readonly restored: number;
  readonly earlier: number;
  /** By reason, how many were held back; they stay in the drain. */
  readonly parked: Readonly<Record<string, number>>;
  /** Messages that the broker did not take or could not route; they stay in the drain, and the ledger names them. */
  readonly left: readonly {
    readonly record: number;
    readonly queue: string;
    readonly why: 'returned' | 'refused';
    readonly said: string;
  }[];
  /** Sent again, in this session or an earlier one, because one before had announced them and seen no confirm. */
  readonly maybeTwice: number;
  /**
   * When it goes on after a session that failed: messages in its queues beyond all that it can have put there. Others
   * published them, or a broker that was killed has brought them back: it forgets acknowledgements that it never synced.
   */
  readonly more: number;
  /** Messages that were in its queues before anything was put back. */
  readonly there: number;
  /** By kind, messages that could not stay exactly as they were; and records of the first ones. */
  readonly changed: Readonly<
    Partial<Record<RestoreChange, { readonly count: number; readonly first: readonly number[] }>>
  >;
  /** By queue, messages confirmed in this session. */
  readonly queues: readonly { readonly name: string; readonly restored: number }[];
}

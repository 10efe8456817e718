import type { CaptureRef } from './capture.ts';
import type { RepointRequest } from './cdc-ports.ts';
import type { DiffLine } from './line-diff.ts';
import type { ComponentChange } from './change-component.ts';
import type { DockerChange } from './change-docker.ts';
import type { LoadFollow, LoadProve, LoadStart, RunSettle } from './load-changes.ts';
import type { StoredPosition } from './maxwell.ts';
import type { ResetTarget } from './ports-cdc.ts';
import type { ReplayExpectation } from './replay-preview.ts';
import type { DrainRequest, RestoreRequest } from './ports-messages.ts';
import type { Permission } from './vhost.ts';

/**
 * Everything that esr-ops can do to the world, as data. Actions return changes; only src/apply carries them out
 * (one file a kind). A change holds references to secrets, never values, and is the same in the plan that was
 * shown, in the journal and when it is made.
 */
export type Change =
  | CaptureWrite
  | VhostStart
  | BrokerReboot
  | PermissionWithdraw
  | PermissionGrant
  | ConnectionsClose
  | UserHoldOff
  | UserRelease
  | VhostDelete
  | VhostCreate
  | DefinitionsImport
  | CanaryRoundTrip
  | MessagesDrain
  | QueueDeclare
  | MessagesRestore
  | CdcStop
  | CdcRepoint
  | MaxwellReset
  | CdcStart
  | ReconcileSignOff
  | DockerChange
  | ComponentChange
  | LoadStart
  | LoadFollow
  | LoadProve
  | RunSettle;

/** Writes a capture of the vhost into the state directory and reads it back. */
export interface CaptureWrite {
  readonly kind: 'capture.write';
  readonly vhost: string;
  /** Do nothing but say so when the last good capture has the same content (for cron). */
  readonly ifChanged: boolean;
}

/** Starts a stopped vhost on each node that has it stopped (POST …/start/{node}). */
export interface VhostStart {
  readonly kind: 'vhost.start';
  readonly vhost: string;
  readonly nodes: readonly string[];
}

/** Reboots the broker with the configured argv. Everything on the broker goes down meanwhile. */
export interface BrokerReboot {
  readonly kind: 'broker.reboot';
  /** Name of the argv's owner in the configuration; the argv itself is read from there. */
  readonly broker: string;
  /** OS process ids by node before: a reboot is proved by other ones. */
  readonly before: Readonly<Record<string, string>>;
}

/** Withdraws one user's permission on the vhost; what it was travels with the change, so that it can be undone. */
export interface PermissionWithdraw {
  readonly kind: 'permission.withdraw';
  readonly vhost: string;
  readonly was: Permission;
}

/** Gives one user its permission, and its topic permissions, on the vhost. */
export interface PermissionGrant {
  readonly kind: 'permission.grant';
  readonly vhost: string;
  readonly permission: Permission;
  readonly topics: readonly { readonly exchange: string; readonly write: string; readonly read: string }[];
}

/** Closes every connection of the named users to the vhost (they cannot come back: their permission is gone). */
export interface ConnectionsClose {
  readonly kind: 'connections.close';
  readonly vhost: string;
  readonly users: readonly string[];
}

/** Holds off services that share the tool's own user: `max-connections = 0` for it; what it was travels along. */
export interface UserHoldOff {
  readonly kind: 'user.hold-off';
  readonly vhost: string;
  readonly user: string;
  readonly was: number | null;
}

/** Undoes a hold-off. */
export interface UserRelease {
  readonly kind: 'user.release';
  readonly vhost: string;
  readonly user: string;
  readonly maxConnections: number | null;
}

/** Deletes the vhost with its messages, queues, exchanges, bindings, policies and permissions. */
export interface VhostDelete {
  readonly kind: 'vhost.delete';
  readonly vhost: string;
  /** The verified capture that makes the delete permissible. Read back once more just before it. */
  readonly capture: CaptureRef;
}

/** Creates the vhost with its metadata and waits until it runs on every node. */
export interface VhostCreate {
  readonly kind: 'vhost.create';
  readonly vhost: string;
  readonly capture: CaptureRef;
}

/** Limits, policies, operator policies, parameters and definitions from the capture; then re-export and compare. */
export interface DefinitionsImport {
  readonly kind: 'definitions.import';
  readonly vhost: string;
  readonly capture: CaptureRef;
}

/** One persistent message through an own temporary exchange and queue: proves that the vhost's store works. */
export interface CanaryRoundTrip {
  readonly kind: 'canary.round-trip';
  readonly vhost: string;
}

/** A drain that a change uses: named, or the one that an earlier step makes. */
export type DrainRef = { readonly from: 'step'; readonly step: string } | { readonly from: 'id'; readonly id: string };

/** Takes all messages of the queues to disk: synced first, acknowledged then. Goes on with the same drain after a crash. */
export interface MessagesDrain extends DrainRequest {
  readonly kind: 'messages.drain';
}

/** Declares a durable queue, for dead letters that are parked. */
export interface QueueDeclare {
  readonly kind: 'queue.declare';
  readonly vhost: string;
  readonly queue: string;
}

/** Publishes drained messages again, each confirmed; a ledger remembers which. */
export interface MessagesRestore extends Omit<RestoreRequest, 'drain'> {
  readonly kind: 'messages.restore';
  readonly drain: DrainRef;
  /** Messages of it that a restore to another place has sent already, and that this one sends again. */
  readonly again: number;
}

/** Stops CDC in order and proves it quiet: its process gone, its heartbeat still for longer than its interval. */
export interface CdcStop {
  readonly kind: 'cdc.stop';
  readonly clientId: string;
}

/** Makes CDC publish elsewhere: its configuration file is edited where it still is what was read. */
export interface CdcRepoint {
  readonly kind: 'cdc.repoint';
  readonly clientId: string;
  /** `host:path` of the file. */
  readonly where: string;
  /** SHA-256 of the file as it was read, and as it will be. */
  readonly was: string;
  readonly becomes: string;
  /** Where it published. */
  readonly from: CdcPlace;
  readonly to: CdcPlace;
  /** What was asked for: the edit is made from it again, so that no secret is in here. */
  readonly asked: RepointRequest;
  /** Maxwell's names of what gets another value or is made explicit. */
  readonly changed: readonly string[];
  /** Lines that change, secrets masked. */
  readonly diff: readonly DiffLine[];
}

/** Where CDC publishes. */
export interface CdcPlace {
  /** Null: none is named. */
  readonly host: string | null;
  readonly vhost: string;
  readonly user: string;
}

/** Sets Maxwell's stored position back, where it still is what was read. */
export interface MaxwellReset {
  readonly kind: 'maxwell.reset';
  readonly clientId: string;
  readonly serverId: number;
  /** The row as it was, also for the way back; null when it was lost. */
  readonly was: StoredPosition | null;
  readonly to: ResetTarget;
  /** What the replay was said to send; rows that are written later come on top of `never`. */
  readonly expect: ReplayExpectation;
  /** Null, or the run whose reset it takes back, and how many rows that leaves out which were published before. */
  readonly undoes: { readonly run: string; readonly skips: number } | null;
}

/** Starts CDC and proves that it reads and publishes into the vhost. */
export interface CdcStart {
  readonly kind: 'cdc.start';
  readonly clientId: string;
  readonly vhost: string;
}

/** A person takes responsibility for the exceptions of a day: exactly those with this digest. Only the journal holds it. */
export interface ReconcileSignOff {
  readonly kind: 'reconcile.sign-off';
  /** `2026-03-22` */
  readonly date: string;
  readonly by: string;
  readonly exceptions: number;
  readonly digest: string;
}

/** Kinds of changes, for tables that must cover all of them. */
export type ChangeKind = Change['kind'];

import type { CdcConfig, CdcTarget } from './cdc-config.ts';
import type { FileEdit, FileWritten } from './host-machine.ts';
import type { DiffLine } from './line-diff.ts';

/** CDC's configuration file as it was read. Bytes and values hold secrets: neither goes into a plan or a journal. */
export interface CdcConfigReading {
  /** `host:path`, for screens. */
  readonly where: string;
  readonly bytes: Uint8Array;
  /** What the write of an edit must name. */
  readonly sha256: string;
  readonly config: CdcConfig;
  /** When the file was last written, ISO 8601 in UTC. */
  readonly modifiedAt: string;
}

/** Where CDC is to publish. Null: as it is. */
export interface RepointRequest {
  readonly vhost: string;
  readonly user: string | null;
  /** `rabbitmq_host`. */
  readonly host: string | null;
}

/** CDC's configuration as it is and as it would be. `bytes` hold secrets: they go into the file and nowhere else. */
export interface CdcEdit {
  /** `host:path`, for screens. */
  readonly where: string;
  /** SHA-256 of the file as it is, and as it would be. */
  readonly was: string;
  readonly becomes: string;
  readonly bytes: Uint8Array;
  /** Lines that change, secrets masked; empty when the file says all of it already. */
  readonly diff: readonly DiffLine[];
  /** Maxwell's names of what gets another value or is made explicit. */
  readonly changed: readonly string[];
  readonly now: CdcTarget;
  readonly then: CdcTarget;
  /** Whether CDC declares its exchange when it starts (`rabbitmq_declare_exchange`). */
  readonly declares: boolean;
  /**
   * Where the password of the user that CDC would have comes from: the configuration of esr-ops, the file as it is, or
   * nowhere (then the file still has that of the user before).
   */
  readonly password: 'configured' | 'kept' | 'missing';
  readonly modifiedAt: string;
}

/**
 * State of CDC's process. `stopped` only when whoever controls it says so; an answer that could also come from a wrong
 * name, or from something between two states, is `unknown`.
 */
export interface CdcProcess {
  readonly is: 'running' | 'stopped' | 'unknown';
  readonly evidence: readonly string[];
}

/** Reads of CDC's configuration and process. Faults of HostReader and readMaxwellSettings. */
export interface CdcReader {
  readConfig(): Promise<CdcConfigReading>;
  status(): Promise<CdcProcess>;
  /** The newest lines of its log, oldest first; a Fault `cdc.control-failed` when there is none to be had. */
  logs(lines: number): Promise<readonly string[]>;
}

/**
 * Changes to CDC. A command that says no is a Fault `cdc.control-failed` (exit unknown, `details.sent` true): it may have
 * done its work all the same, so the reader is asked.
 */
export interface CdcWriter {
  /** Returns when the command has ended; allows the process 60 s for its last position, six times what it takes. */
  stop(): Promise<{ readonly evidence: readonly string[] }>;
  start(): Promise<{ readonly evidence: readonly string[] }>;
  /** See HostWriter.writeFileAtomically. */
  writeConfig(bytes: Uint8Array, edit: FileEdit): Promise<FileWritten>;
}

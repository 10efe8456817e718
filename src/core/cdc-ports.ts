import type { CdcConfig } from './cdc-config.ts';
import type { FileEdit, FileWritten } from './host-machine.ts';

/** CDC's configuration file as it was read. Bytes and values hold secrets: neither goes into a plan or a journal. */
export interface CdcConfigReading {
  /** `host:path`, for screens. */
  readonly where: string;
  readonly bytes: Uint8Array;
  /** What the write of an edit must name. */
  readonly sha256: string;
  readonly config: CdcConfig;
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

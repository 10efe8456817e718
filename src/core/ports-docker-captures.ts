import type { ContainerInspection, DockerDaemon } from './ports-docker.ts';

/** What is kept of an engine before something is done to it. */
export interface DockerCapture {
  readonly id: string;
  readonly host: string;
  /** ISO 8601 in UTC. */
  readonly takenAt: string;
  readonly daemon: DockerDaemon;
  /** Values of environment variables are marks: they are kept apart, sealed, or left out by configuration. */
  readonly containers: readonly ContainerInspection[];
}

/** Captures of engines in the state directory. A Fault `docker.capture-damaged` for a file that is not what was written. */
export interface DockerCaptureReader {
  load(id: string): Promise<DockerCapture>;
}

/** Writes captures of engines: files 0600, synced, read back. */
export interface DockerCaptureWriter {
  /** Returns the path of the file. */
  write(capture: DockerCapture): Promise<string>;
}

/** A program and its arguments, each passed on exactly as it is: no shell ever looks at them. Never holds a secret. */
export type Argv = readonly [string, ...string[]];

/** How one command is run. */
export interface CommandOptions {
  /** Milliseconds that the command may take once it has started; connecting has a limit of its own. */
  readonly timeoutMs: number;
  /** What the command reads on its standard input, the place for secrets. Default: nothing, at once at its end. */
  readonly input?: string | Uint8Array;
  /** Bytes kept of each output; the rest is read and dropped. Default 8 MiB. */
  readonly maxOutput?: number;
  /** Gets standard output as it comes, for logs that are followed. */
  readonly onOutput?: (chunk: Uint8Array) => void;
  /** Ends the command early; then a Fault `host.stopped`. */
  readonly signal?: AbortSignal;
}

/** How a command ended. Any exit code is an answer, not an error. */
export interface CommandResult {
  /** The command's own exit code; 128 + the signal's number when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether an output was longer than `maxOutput`. */
  readonly truncated: boolean;
}

/** A command that the caller vouches for: it looks at things and changes none. */
export interface ReadCommand {
  readonly reads: Argv;
}

/** A command that may change things. */
export interface ChangeCommand {
  readonly changes: Argv;
}

/** What there is at a path, symbolic links followed. */
export interface HostStat {
  readonly type: 'file' | 'folder' | 'other';
  /** Absolute path after following every link; where an edit would take place. */
  readonly target: string;
  readonly bytes: number;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, `0o600` for instance. */
  readonly mode: number;
  /** Whole seconds, as ISO 8601 in UTC. */
  readonly modifiedAt: string;
}

/** A file read whole. */
export interface HostFile extends Omit<HostStat, 'type' | 'bytes'> {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Of the bytes; what a later write must name. */
  readonly sha256: string;
}

/**
 * Reads on one machine, this one or another over SSH. Faults: `host.unreachable`, `host.no-shell`, `host.key-unknown`,
 * `host.key-changed`, `host.unauthorised` (exit unreachable; `details.sent` false: the command certainly did not
 * start) · `host.dropped`, `host.timeout`, `host.stopped` (`details.sent` true) · `host.no-program` (exit
 * unreachable) · `host.nul` (exit usage).
 */
export interface HostReader {
  /** `this machine`, or the name in the configuration; for screens, plans and journals. */
  readonly name: string;
  /** Runs a command that changes nothing. A known one that would is refused with a Fault `host.not-a-read`. */
  run(command: ReadCommand, options: CommandOptions): Promise<CommandResult>;
  /** A Fault `host.file-absent`, `host.not-a-file`, `host.file-refused` or `host.file-too-big` (default limit 8 MiB). */
  readFile(path: string, limit?: { readonly maxBytes: number }): Promise<HostFile>;
  /** Null when there is nothing (a link that leads nowhere included). */
  stat(path: string): Promise<HostStat | null>;
  exists(path: string): Promise<boolean>;
}

/** A file that is to get new content. */
export interface FileEdit {
  /** The content that the edit was made from; anything else there now refuses the write. */
  readonly expectSha256: string;
  /** Name of the run: the old content stays beside the file as `<file>.esr-ops-<run>.bak`. */
  readonly run: string;
}

/** What a write left behind. */
export interface FileWritten {
  /** Whether this call did it, or the file had the new content already. */
  readonly outcome: 'written' | 'already';
  /** The file itself, links followed. */
  readonly target: string;
  /** Full path of the backup; null when nothing was written. */
  readonly backup: string | null;
  readonly sha256: string;
}

/** Changes on one machine. Faults as HostReader's; `details.sent` true means that the outcome is unknown. */
export interface HostWriter {
  readonly name: string;
  run(command: ChangeCommand, options: CommandOptions): Promise<CommandResult>;
  /**
   * Replaces the content of an existing file in one step, keeping its owner, group and mode, when it still is what was
   * read. A symbolic link stays; the file that it leads to is edited. The old content is kept as a backup. A Fault with
   * `details.sent` false says that the file is as it was: `host.file-changed` (exit stale), `host.file-absent`,
   * `host.not-a-file`, `host.file-refused` (no permission, no space, owner can't be kept; exit failed).
   */
  writeFileAtomically(path: string, bytes: Uint8Array, edit: FileEdit): Promise<FileWritten>;
}

/** How to reach a machine over SSH, with the system's own client. */
export interface SshSettings {
  /** Host name or address. */
  readonly host: string;
  /** Default 22. */
  readonly port: number;
  /** Null: the client's own choice, the user that runs esr-ops. */
  readonly user: string | null;
  /** File with the host keys to believe, and the only one. Keys are never added to it. */
  readonly knownHosts: string;
  /** Private key; null: the agent's keys and the client's usual files. */
  readonly identityFile: string | null;
  /** `[user@]host[:port]` to go through, its key checked against the same file; null: straight. */
  readonly jump: string | null;
  /** Milliseconds until the connection stands and the far side is ready. Default 15,000. */
  readonly connectTimeoutMs: number;
  /** Seconds of silence after which the far side is asked; three unanswered questions end the connection. Default 5. */
  readonly aliveSeconds: number;
  /** Folder (0700, short path) for a connection that later commands share for a minute; null: one connection each. */
  readonly shareIn: string | null;
}

/** How a host of the configuration is reached: it is this machine, or it is reached over SSH. */
export type HostReach =
  | {
      readonly reach: 'local';
      /** Words put before each command (`sudo -n -u esr`, `env NAME=VALUE`); left out: none. */
      readonly through?: readonly string[];
    }
  | { readonly reach: 'ssh'; readonly ssh: SshSettings };

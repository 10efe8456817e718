import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Servers and tools of the machine that labs use. The first two are needed by every lab. */
export const serverParts = ['rabbitmq', 'mariadb', 'docker', 'maven', 'sshd', 'test-tools', 'shells'] as const;

/** One of {@link serverParts}. */
export type ServerPart = (typeof serverParts)[number];

/** What is looked at to find out what the machine has. Another one makes the search testable. */
export interface Machine {
  /** Folders that are searched for programs, in order. */
  readonly searchPath: readonly string[];
  /** Put before absolute paths; empty for the real machine. */
  readonly root: string;
  /** 0 may install. */
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface PartKind {
  /** Programs that must be found on the search path. */
  readonly programs: readonly string[];
  /** Files that must exist. */
  readonly files: readonly string[];
  /** Debian's packages. Of MariaDB only the parts without a system service. */
  readonly packages: readonly string[];
}

/** The distribution's start script itself: the one on PATH changes the user and writes to system folders. */
export const rabbitmqServerScript = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** What each part is made of. */
export const partKinds: Readonly<Record<ServerPart, PartKind>> = {
  rabbitmq: {
    programs: ['erl', 'erl_call', 'epmd', 'setpriv'],
    files: [rabbitmqServerScript],
    packages: ['rabbitmq-server'],
  },
  mariadb: {
    programs: ['mariadbd', 'mariadb-install-db', 'my_print_defaults', 'setpriv'],
    files: [],
    packages: ['mariadb-server-core', 'mariadb-client-core'],
  },
  docker: { programs: ['dockerd', 'containerd', 'runc', 'docker'], files: [], packages: ['docker.io'] },
  maven: { programs: ['mvn', 'java'], files: [], packages: ['maven', 'default-jdk-headless'] },
  sshd: { programs: ['sshd', 'ssh', 'ssh-keygen'], files: [], packages: ['openssh-server', 'openssh-client'] },
  // Only tests compare with the distribution's own binlog reader, make certificates, and read the completions of shells.
  'test-tools': { programs: ['mariadb-binlog', 'openssl'], files: [], packages: ['mariadb-client', 'openssl'] },
  shells: { programs: ['zsh', 'fish'], files: [], packages: ['zsh', 'fish'] },
};

/** Whether one part can be used here. */
export interface PartStatus {
  readonly part: ServerPart;
  readonly present: boolean;
  /** Why it is not there, for "NOT RUN: n, because …"; empty when present. */
  readonly because: string;
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  // An ordinary user's PATH on Debian leaves out the folders where servers are.
  const searchPath = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return { searchPath, root: '', uid: process.getuid?.() ?? -1, env: process.env };
}

/** Full path of a program on the machine's search path; undefined when there is none. */
export function findProgram(machine: Machine, name: string): string | undefined {
  return machine.searchPath
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}

/** Parts that only tests want: nobody is told that something is not run for lack of them. */
export const partsOfTests: readonly ServerPart[] = ['test-tools', 'shells'];

/** Looks for one part. */
export function lookForPart(machine: Machine, part: ServerPart): PartStatus {
  const kind = partKinds[part];
  const missing = [
    ...kind.programs.filter((name) => findProgram(machine, name) === undefined),
    ...kind.files.filter((path) => {
      try {
        return !statSync(join(machine.root, path)).isFile();
      } catch {
        return true;
      }
    }),
  ];
  return {
    part,
    present: missing.length === 0,
    because: missing.length === 0 ? '' : `${part} is not installed here (${missing.join(', ')} not found)`,
  };
}

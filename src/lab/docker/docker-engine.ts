import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../core/fault.ts';
import { startOwned, type OwnedProcess } from '../owned-process.ts';
import { findProgram, thisMachine } from '../server-parts.ts';
import { tailOf } from '../tail-of.ts';
import { until } from '../until.ts';
import { cgroupOf, clearDockerFolder, endRuntime } from './clear-docker-folder.ts';

/** What to start. */
export interface DockerEngineOptions {
  /** An existing private folder with a short path, for everything that the engine writes. */
  readonly dir: string;
  /** Marker that its processes carry in their environment. */
  readonly labId: string;
  /** Further options of dockerd. */
  readonly options?: readonly string[];
}

/** A private Docker engine: own socket, images and containers; no bridge, no firewall rule, nothing of the machine's. */
export interface DockerEngine {
  /** `unix:///…`, for the client's `--host`. */
  readonly endpoint: string;
  /** Path of the client. */
  readonly client: string;
  readonly dataRoot: string;
  pid(): number;
  /** Runs the client and returns what it printed. @throws Error with its words */
  docker(...words: readonly string[]): Promise<string>;
  /** What a service manager does: asks it to end, ends it by force when it does not, starts it again. */
  restart(): Promise<void>;
  /** Stops its process where it stands: it listens and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Ends its containers and it, and takes away every mount and process of it. The folder stays. */
  stop(): Promise<void>;
}

/** How long a daemon may take to end its containers and itself, ms; a frozen one never does. */
const orderlyMs = 20_000;

/**
 * Starts one; ready in about a second. It belongs to this process and dies with it.
 * @throws Fault `unreachable` without root or without Docker; `failed` with its log's end when it does not start
 */
export async function startDockerEngine({ dir, labId, options = [] }: DockerEngineOptions): Promise<DockerEngine> {
  const machine = thisMachine();
  const [client, daemon] = [findProgram(machine, 'docker'), findProgram(machine, 'dockerd')];
  if (machine.uid !== 0) throw notPossible('only root may start a Docker engine', ['run it as root, or with sudo']);
  if (client === undefined || daemon === undefined) {
    throw notPossible('docker.io is not installed', ['sudo apt-get install --no-install-recommends docker.io']);
  }
  const at = (name: string): string => join(dir, name);
  for (const name of ['data', 'exec']) await mkdir(at(name), { mode: 0o711, recursive: true });
  // Nothing of the machine's own configuration is read.
  await writeFile(at('daemon.json'), '{}\n', { mode: 0o600 });
  const endpoint = `unix://${at('s')}`;
  const log = at('dockerd.log');
  const args = [
    ...['--host', endpoint, '--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')],
    // A cgroup of its own finds every process of a container again, whatever became of those that started it.
    ...['--cgroup-parent', cgroupOf(labId), '--exec-opt', 'native.cgroupdriver=cgroupfs'],
    ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
    ...['--config-file', at('daemon.json'), '--shutdown-timeout', '10', ...options],
  ];
  const docker = async (...words: readonly string[]): Promise<string> =>
    (await execa(client, ['--host', endpoint, ...words], { stdin: 'ignore', timeout: 60_000 })).stdout;

  const start = async (): Promise<OwnedProcess> => {
    const started = await startOwned({ labId, file: daemon, args, env: { HOME: dir }, cwd: dir, log });
    await until(
      'the Docker engine to answer',
      async () => {
        if (!started.isAlive()) throw didNotStart(await tailOf(log, 4));
        return existsSync(at('s')) && (await docker('version', '--format', '{{.Server.Version}}')) !== '';
      },
      { atMostMs: 60_000 },
    );
    return started;
  };
  const clear = (): Promise<void> => clearDockerFolder(dir, cgroupOf(labId));
  let running: OwnedProcess;
  try {
    running = await start();
  } catch (error) {
    await clear();
    throw error;
  }
  const end = async (): Promise<void> => {
    const stopped = (await stateOf(running.pid)) === 'T';
    await running.end('SIGTERM', stopped ? 1_000 : orderlyMs);
    // What a daemon that was killed leaves would hold the files that the next one needs.
    await endRuntime(dir);
    await rm(at('pid'), { force: true });
    await rm(at('exec/containerd/containerd.pid'), { force: true });
  };
  return {
    endpoint,
    client,
    dataRoot: at('data'),
    pid: () => running.pid,
    docker,
    restart: async () => {
      await end();
      running = await start();
    },
    freeze: () => {
      process.kill(running.pid, 'SIGSTOP');
    },
    thaw: () => {
      process.kill(running.pid, 'SIGCONT');
    },
    stop: async () => {
      process.kill(running.pid, 'SIGCONT');
      const left = (await docker('ps', '--quiet').catch(() => '')).split('\n').filter((id) => id !== '');
      // Nothing in them is to be kept, so nothing is asked to end in order.
      if (left.length > 0) await docker('kill', ...left).catch(() => '');
      await end();
      await clear();
    },
  };
}

async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

function didNotStart(said: string): Fault {
  return new Fault({
    code: 'lab.docker-did-not-start',
    message: `The Docker engine ended while it was starting:\n${said}`,
    exit: 'failed',
  });
}

function notPossible(why: string, next: readonly string[]): Fault {
  return new Fault({
    code: 'lab.no-docker',
    message: `A lab with Docker can't be started here: ${why}. The rest of the lab works without it.`,
    next: [...next, 'esr-ops lab up (without --docker)'],
    exit: 'unreachable',
  });
}

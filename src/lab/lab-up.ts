import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Fault } from '../core/fault.ts';
import type { LabPlan } from './build-lab.ts';
import { findMaxwell } from './cdc/find-maxwell.ts';
import type { CdcPlan } from './cdc/start-cdc.ts';
import { labDown } from './lab-down.ts';
import {
  labFiles,
  readDescriptor,
  runningLab,
  writePrivate,
  type LabDescriptor,
  type LabFiles,
  type RunningLab,
} from './lab-files.ts';
import { processesOfLab } from './lab-processes.ts';
import { labMarker } from './owned-process.ts';
import type { SupervisorWord } from './run-supervisor.ts';

/** What to start. */
export interface LabUpOptions {
  /** Name of the lab; several may run side by side. */
  readonly name: string;
  /** The product's state directory; the lab's files are in `labs/<name>` there. */
  readonly stateDir: string;
  /** argv of this program up to a hidden command: `[process.execPath, '/…/bin/esr-ops.mjs']`. */
  readonly program: readonly [string, ...string[]];
  /** Takes one line of progress. */
  readonly say: (line: string) => void;
  /** Messages that the load makes each second; 0 for no load. Default 20. */
  readonly perSecond?: number;
  /** Whether the lab ends with this process, however that ends. Default false: it runs until `lab down`. */
  readonly owned?: boolean;
  /** argv for the configuration's `reboot`; default `<program> --state-dir <stateDir> lab reboot-broker --name <name>`. */
  readonly rebootCommand?: readonly string[];
  /**
   * Change data capture with a writer of rows: the real Maxwell where it can be had, else the stand-in; or which of the
   * two. Default false: there is none.
   */
  readonly cdc?: boolean | 'real' | 'stand-in';
  /** Transactions that the writer of rows makes each second; 0 for none. Default 8. */
  readonly rowsPerSecond?: number;
  /** A private Docker engine with ESR and ESR-ETL in containers; needs root. Default false. */
  readonly docker?: boolean;
  /** Load types that the lab's ETL runs, with an S3 server for their files. Default false. */
  readonly etl?: boolean;
}

/** A lab that is up. */
export interface Lab {
  readonly files: LabFiles;
  readonly running: RunningLab;
  /** Takes it down to the last process and file. */
  end(): Promise<void>;
}

/**
 * Starts a lab and waits until its servers answer, its topology is there and its load is connected (six to eight
 * seconds). A dead lab of the same name is cleaned away first.
 * @throws Fault `blocked` when a lab of that name is up or being started, `failed` when a server does not start
 */
export async function labUp(options: LabUpOptions): Promise<Lab> {
  const { name, stateDir, program, say, owned = false } = options;
  const files = labFiles(stateDir, name);
  const own = [...program, '--state-dir', stateDir, 'lab'];
  const cdcCommand = (verb: string): readonly string[] => [...own, 'cdc', verb, '--name', name];
  await clearTheWay(files, options);
  const cdc = await cdcPlan(options);
  await mkdir(join(stateDir, 'labs'), { recursive: true, mode: 0o700 });
  await mkdir(files.folder, { mode: 0o700 });

  const labId = `${name}-${randomBytes(4).toString('hex')}`;
  const privateFolder = await mkdtemp(join(tmpdir().length > 60 ? '/tmp' : tmpdir(), 'esr-lab-'));
  const descriptor: LabDescriptor = { version: 1, name, labId, privateFolder };
  await writePrivate(files.descriptor, `${JSON.stringify(descriptor, null, 2)}\n`);
  const plan: LabPlan = {
    files,
    labId,
    privateFolder,
    program,
    rebootCommand: options.rebootCommand ?? [...own, 'reboot-broker', '--name', name],
    perSecond: options.perSecond ?? 20,
    cdcCommand: {
      start: cdcCommand('start'),
      stop: cdcCommand('stop'),
      status: cdcCommand('status'),
      logs: cdcCommand('logs'),
    },
    cdc,
    docker: options.docker ?? false,
    etl: options.etl ?? false,
    dockerRestartCommand: [...own, 'restart-docker', '--name', name],
  };

  const supervisor = await startSupervisor(plan);
  const end = async (): Promise<void> => {
    supervisor.stdin?.end();
    await labDown({ name, stateDir, say: () => undefined });
  };
  try {
    await readiness(supervisor, say);
    const running = await runningLab(files);
    if (!owned) supervisor.stdin?.end('detach\n');
    letGo(supervisor);
    return { files, running, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Found before anything is started: the first time, Maven may take a minute. */
async function cdcPlan({ cdc = false, program, say, rowsPerSecond = 8 }: LabUpOptions): Promise<CdcPlan | undefined> {
  if (cdc === false) return undefined;
  const maxwell = await findMaxwell({ program, say, ...(cdc === true ? {} : { want: cdc }) });
  if (maxwell.kind === 'stand-in') say(`There is no real Maxwell here: a ${maxwell.label}.`);
  return { maxwell, rowsPerSecond };
}

async function clearTheWay(files: LabFiles, { name, stateDir, say }: LabUpOptions): Promise<void> {
  const before = await readDescriptor(files);
  const alive = before === undefined ? [] : processesOfLab(before.labId).map(({ pid }) => pid);
  // Servers never outlive their supervisor, so whatever lives before the lab is ready belongs to one that is starting.
  if (before?.running === undefined ? alive.length > 0 : alive.includes(before.running.supervisorPid)) {
    throw new Fault({
      code: 'lab.already-up',
      message: `The lab '${name}' is ${before?.running === undefined ? 'being started' : 'up already'}.`,
      next: [`esr-ops lab status`, `esr-ops lab down --name ${name}`],
      exit: 'blocked',
    });
  }
  const { existed } = await labDown({ name, stateDir, say: () => undefined });
  if (existed) say(`What was left of an earlier lab '${name}' has been removed.`);
}

async function startSupervisor(plan: LabPlan): Promise<ChildProcess> {
  const [file = '', ...args] = plan.program;
  const log = await open(join(plan.privateFolder, 'supervisor.log'), 'a', 0o600);
  try {
    const child = spawn(file, [...args, 'lab-supervisor'], {
      cwd: '/',
      // A session of its own: closing the terminal or Ctrl-C there does not reach a lab that is to stay.
      detached: true,
      env: { ...process.env, [labMarker]: plan.labId },
      stdio: ['pipe', 'pipe', log.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.write(`${JSON.stringify(plan)}\n`);
    return child;
  } finally {
    await log.close();
  }
}

function readiness(supervisor: ChildProcess, say: (line: string) => void): Promise<void> {
  const failed = (message: string): Fault =>
    new Fault({ code: 'lab.did-not-start', message: `The lab did not start: ${message}`, exit: 'failed' });
  return new Promise((resolve, reject) => {
    supervisor.once('exit', (code, signal) => {
      reject(failed(`its supervisor ended (${signal ?? code ?? 'unknown'})`));
    });
    if (supervisor.stdout === null) return;
    createInterface({ input: supervisor.stdout }).on('line', (line) => {
      const word = JSON.parse(line) as SupervisorWord;
      switch (word.kind) {
        case 'say':
          say(word.line);
          break;
        case 'ready':
          resolve();
          break;
        case 'failed':
          reject(failed(word.message));
          break;
        default:
          word satisfies never;
      }
    });
  });
}

/** From here on nothing of the supervisor keeps this process from ending. */
function letGo(supervisor: ChildProcess): void {
  supervisor.unref();
  for (const pipe of [supervisor.stdin, supervisor.stdout]) if (pipe instanceof Socket) pipe.unref();
}

import { mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../core/fault.ts';
import { writePrivate, type RunningLab } from '../lab-files.ts';
import { tellSupervisor } from '../supervisor-control.ts';
import { until } from '../until.ts';
import { healthy, type DescribedService } from './described-service.ts';

/** What can be broken of Docker and of what runs in it, each time for real. */
export const dockerFaultNames = ['container-dead', 'container-removing', 'app-startup-failed', 'daemon-hung'] as const;

/** One of {@link dockerFaultNames}. */
export type DockerFaultName = (typeof dockerFaultNames)[number];

/** One line for each, for help and for questions. */
export const dockerFaultMeanings: Readonly<Record<DockerFaultName, string>> = {
  'container-dead': "the removal of ESR-ETL's container failed: the daemon holds it dead and can't start it",
  'container-removing':
    "the removal of ESR's container is stuck: it can't be started, and a restart of Docker loses it",
  'app-startup-failed': "ESR's container is up, and its application said that its startup failed",
  'daemon-hung': 'the Docker daemon listens and answers nothing',
};

/** A lab with Docker, to break. */
export interface DockerFaultTarget {
  readonly control: string;
  readonly docker: NonNullable<RunningLab['docker']>;
}

/** Breaks it and proves that the fault is there. @returns the evidence @throws Fault when it is not there afterwards */
export async function breakDocker(target: DockerFaultTarget, fault: DockerFaultName): Promise<string> {
  switch (fault) {
    case 'container-dead':
      return breakDead(target, 'esr-etl');
    case 'container-removing':
      return breakRemoving(target, 'esr');
    case 'app-startup-failed':
      return breakStartup(target, 'esr');
    case 'daemon-hung':
      return breakDaemon(target);
    default:
      return fault satisfies never;
  }
}

/** A file that can't be removed makes the removal fail half-way; when it can be again, the container stays dead. */
async function breakDead(target: DockerFaultTarget, name: string): Promise<string> {
  const { docker } = target;
  const held = join(await layerOf(target, name), 'held');
  await mkdir(held);
  await execa('chattr', ['+i', held]);
  try {
    await client(docker, ['rm', '--force', name], false);
  } finally {
    await execa('chattr', ['-i', held]);
    await rmdir(held);
  }
  const state = await stateOf(docker, name);
  if (state !== 'dead') throw notThere('container-dead', `Docker says of ${name}: ${state}`);
  return `Docker says of ${name}: dead`;
}

async function breakRemoving({ control, docker }: DockerFaultTarget, name: string): Promise<string> {
  await tellSupervisor(control, 'docker-hold-esr');
  // It never comes back as long as the folder is held; the daemon goes on with it when the client has gone.
  await execa(docker.client, ['--host', docker.endpoint, 'rm', '--force', name], { timeout: 3_000, reject: false });
  const state = await stateOf(docker, name);
  if (state !== 'removing') throw notThere('container-removing', `Docker says of ${name}: ${state}`);
  return `Docker says of ${name}: removing`;
}

async function breakStartup({ docker }: DockerFaultTarget, name: string): Promise<string> {
  const service = serviceOf(docker, name);
  await writePrivate(join(service.faults, 'startup-fails-once'), '');
  await client(docker, ['restart', '--time', '5', name], true);
  const line = 'Application startup failed';
  await until(
    `${name} to fail`,
    async () => (await client(docker, ['logs', '--tail', '5', name], true)).includes(line),
    {
      atMostMs: 60_000,
    },
  );
  const state = await stateOf(docker, name);
  const well = await healthy(service.health).catch(() => false);
  if (state !== 'running' || well) throw notThere('app-startup-failed', `it is ${state}, healthy: ${String(well)}`);
  return `Docker says of ${name}: running; its log says: ${line}; nobody answers at ${service.health}`;
}

async function breakDaemon({ control, docker }: DockerFaultTarget): Promise<string> {
  await tellSupervisor(control, 'docker-freeze');
  const asked = await execa(docker.client, ['--host', docker.endpoint, 'version'], { timeout: 2_000, reject: false });
  if (!asked.timedOut) throw notThere('daemon-hung', 'the daemon answers');
  return 'the Docker daemon gave no answer within 2 s';
}

/**
 * Undoes whatever was broken: the daemon answers, and each service runs and is healthy, made anew where its container
 * is gone, dead or being removed.
 * @returns what was done, a line each
 */
export async function healDocker({ control, docker }: DockerFaultTarget): Promise<readonly string[]> {
  const done: string[] = [];
  const asked = await execa(docker.client, ['--host', docker.endpoint, 'version'], { timeout: 2_000, reject: false });
  if (asked.timedOut) {
    await tellSupervisor(control, 'docker-thaw');
    done.push('the Docker daemon answers again');
  }
  await tellSupervisor(control, 'docker-release');
  for (const service of docker.services) {
    for (const file of ['startup-fails', 'startup-fails-once']) await rm(join(service.faults, file), { force: true });
    if (await healthy(service.health).catch(() => false)) continue;
    await client(docker, ['rm', '--force', service.container], false);
    await until(
      `the container ${service.container} to be gone`,
      async () => (await stateOf(docker, service.container)) === 'absent',
      { atMostMs: 60_000 },
    );
    const [file = '', ...args] = service.create;
    await execa(file, args);
    await until(`${service.name} to be healthy`, () => healthy(service.health), { atMostMs: 60_000 });
    done.push(`container ${service.container} was made anew and is healthy`);
  }
  return done;
}

async function stateOf(docker: DockerFaultTarget['docker'], name: string): Promise<string> {
  const said = await client(docker, ['inspect', '--format', '{{.State.Status}}', name], false);
  return said === '' ? 'absent' : said;
}

/** Folder that a container's own changes are in. */
async function layerOf({ docker }: DockerFaultTarget, name: string): Promise<string> {
  const [id = '', driver = ''] = (
    await client(docker, ['inspect', '--format', '{{.Id}} {{.Driver}}', name], true)
  ).split(' ');
  const mount = await readFile(join(docker.dataRoot, 'image', driver, 'layerdb/mounts', id, 'mount-id'), 'utf8');
  return driver === 'vfs' ? join(docker.dataRoot, 'vfs/dir', mount) : join(docker.dataRoot, driver, mount, 'diff');
}

async function client(docker: DockerFaultTarget['docker'], words: readonly string[], must: boolean): Promise<string> {
  const all = ['--host', docker.endpoint, ...words];
  return (await execa(docker.client, all, { timeout: 60_000, reject: must })).stdout.trim();
}

function serviceOf(docker: DockerFaultTarget['docker'], name: string): DescribedService {
  const found = docker.services.find((service) => service.name === name);
  if (found === undefined) throw new Error(`the lab has no service ${name}`);
  return found;
}

function notThere(fault: string, evidence: string): Fault {
  return new Fault({
    code: 'lab.fault-not-there',
    message: `The lab tried to break Docker (${fault}), but ${evidence}.`,
    exit: 'failed',
  });
}

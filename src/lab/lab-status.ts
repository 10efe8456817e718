import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { CdcState } from './cdc/cdc-process.ts';
import { askBroker, seg } from './broker-http.ts';
import { labFiles, labNames, readDescriptor, type RunningLab } from './lab-files.ts';
import { processesOfLab, type LabProcess } from './lab-processes.ts';
import { tellSupervisor } from './supervisor-control.ts';

/** How one lab is. */
export interface LabStatus {
  readonly name: string;
  /** `up`: its supervisor answers · `starting`: it is not ready yet · `dead`: only leftovers, `lab down` removes them. */
  readonly state: 'up' | 'starting' | 'dead';
  readonly processes: readonly LabProcess[];
  /** Configuration file to use it with. */
  readonly config: string;
  readonly managementUrl: string | undefined;
  readonly mariadb: string | undefined;
  /** What the broker says of its vhost: the state on the node, `absent`, or `unknown` when it gives no answer. */
  readonly vhost: string;
  /** What captures changes and how it is; undefined where there is none. */
  readonly cdc: string | undefined;
  /** What Docker says of each container; undefined where there is no engine. */
  readonly docker: string | undefined;
  /** Where the files of its load types are, and which day it is there; undefined where there is no ETL. */
  readonly etl: string | undefined;
}

/** All labs that have anything in the state folder. Changes nothing. */
export async function labStatus(stateDir: string): Promise<readonly LabStatus[]> {
  const names = await labNames(stateDir);
  return Promise.all(names.map((name) => statusOf(stateDir, name)));
}

async function statusOf(stateDir: string, name: string): Promise<LabStatus> {
  const files = labFiles(stateDir, name);
  const descriptor = await readDescriptor(files).catch(() => undefined);
  const running = descriptor?.running;
  const processes = descriptor === undefined ? [] : processesOfLab(descriptor.labId);
  const answers =
    running !== undefined &&
    (await tellSupervisor(running.control, 'ping').then(
      () => true,
      () => false,
    ));
  return {
    name,
    state: answers ? 'up' : running === undefined && processes.length > 0 ? 'starting' : 'dead',
    processes,
    config: files.config,
    managementUrl: running?.rabbitmq.managementUrl,
    mariadb: running === undefined ? undefined : `${running.mariadb.host}:${running.mariadb.port}`,
    vhost: running === undefined ? 'unknown' : await vhostState(running.rabbitmq).catch(() => 'unknown'),
    cdc: running?.cdc === undefined ? undefined : await cdcState(running.control, running.cdc.label),
    docker: running?.docker === undefined ? undefined : await containers(running.docker),
    etl: running?.etl === undefined ? undefined : etlWords(running.etl),
  };
}

function etlWords({ day, zone, s3 }: NonNullable<RunningLab['etl']>): string {
  const files = s3 === null ? 'no S3 server' : `files in bucket ${s3.bucket} at ${s3.endpoint}`;
  return `${files}; its day began as ${day} in ${zone}`;
}

async function cdcState(control: string, label: string): Promise<string> {
  const said = await tellSupervisor(control, 'cdc-status').catch(() => undefined);
  return `${label}: ${said === undefined ? 'unknown' : (JSON.parse(said) as CdcState).state}`;
}

/** A frozen daemon is not waited for. */
async function containers({ endpoint, client }: NonNullable<RunningLab['docker']>): Promise<string> {
  const words = ['--host', endpoint, 'ps', '--all', '--format', '{{.Names}} {{.State}}'];
  const asked = await execa(client, words, { timeout: 3_000, reject: false });
  return asked.failed ? 'the daemon does not answer' : asked.stdout.split('\n').join(', ');
}

async function vhostState(rabbitmq: {
  readonly managementUrl: string;
  readonly user: string;
  readonly passwordFile: string;
  readonly vhost: string;
}): Promise<string> {
  const access = { ...rabbitmq, password: await readFile(rabbitmq.passwordFile, 'utf8') };
  const answer = await askBroker(access, 'GET', `/api/vhosts/${seg(rabbitmq.vhost)}`);
  if (answer.status === 404) return 'absent';
  const states = (answer.body as { cluster_state?: Record<string, string> } | undefined)?.cluster_state ?? {};
  return Object.values(states).join(', ') || 'unknown';
}

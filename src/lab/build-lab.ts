import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { applyTopology } from './apply-topology.ts';
import { askBroker, demandOfBroker, seg, type BrokerAccess } from './broker-http.ts';
import type { CdcProcess } from './cdc/cdc-process.ts';
import { startCdc, type CdcPlan } from './cdc/start-cdc.ts';
import { dockerFolder } from './docker/clear-docker-folder.ts';
import { startLabDocker, type LabDocker } from './docker/lab-docker.ts';
import { labConfigText, type CdcCommand } from './lab-config.ts';
import { writePrivate, writeSecret, type LabFiles, type RunningLab } from './lab-files.ts';
import { consumedQueues, labLoad } from './lab-load.ts';
import { startLoad, type Load } from './load.ts';
import { startMariadb, type MariadbServer } from './mariadb-server.ts';
import { startRabbit, type RabbitNode } from './rabbitmq-node.ts';
import { startEtl } from './etl/start-etl.ts';
import { startS3, type LabS3 } from './s3/start-s3.ts';
import { esrTopology } from './topology.ts';
import { until } from './until.ts';

/** What a supervisor is told on its standard input. */
export interface LabPlan {
  readonly files: LabFiles;
  readonly labId: string;
  readonly privateFolder: string;
  /** argv of this program up to a hidden command. */
  readonly program: readonly string[];
  /** argv that reboots this lab's broker. */
  readonly rebootCommand: readonly string[];
  /** Messages each second; 0 starts no load at all. */
  readonly perSecond: number;
  /** argv that controls change data capture, before its verb and `--name`. */
  readonly cdcCommand: CdcCommand;
  /** Absent: no change data capture. */
  readonly cdc?: CdcPlan | undefined;
  /** Whether there is an ETL with load types, and an S3 server for its files. */
  readonly etl: boolean;
  /** Whether there is a Docker engine with services in containers; and argv that restarts its daemon. */
  readonly docker: boolean;
  readonly dockerRestartCommand: readonly string[];
}

/** A lab whose servers and load run; they belong to this process. */
export interface BuiltLab {
  readonly rabbit: RabbitNode;
  readonly mariadb: MariadbServer;
  readonly load: Load | undefined;
  readonly cdc: CdcProcess | undefined;
  /** The writer of rows and the consumer of changes. */
  readonly traffic: Load | undefined;
  readonly docker: LabDocker | undefined;
  readonly running: RunningLab;
}

const password = (): string => randomBytes(18).toString('base64url');

/** The user that esr-ops works with in a lab. */
const toolUser = 'esr-ops';

/**
 * Starts the servers side by side, fills the broker, starts the load and writes configuration and secrets. Gives up
 * soon after `givenUp` is aborted; what it had started is then for the caller to end.
 */
export async function buildLab(plan: LabPlan, say: (line: string) => void, givenUp: AbortSignal): Promise<BuiltLab> {
  const { files, labId, privateFolder } = plan;
  const stillWanted = (): void => {
    if (!givenUp.aborted) return;
    throw new Fault({
      code: 'lab.not-wanted',
      message: 'The lab was given up while it was starting.',
      exit: 'interrupted',
    });
  };
  const at = async (name: string): Promise<string> => {
    const dir = join(privateFolder, name);
    await mkdir(dir, { mode: 0o700 });
    return dir;
  };
  const [rabbit, mariadb, s3] = await Promise.all([
    startRabbit({ dir: await at('r'), labId }),
    startMariadb({ dir: await at('m'), labId }),
    plan.etl ? s3Or(startS3({ program: plan.program, labId, dir: await at('s') }), say) : undefined,
  ]);
  stillWanted();
  say(`RabbitMQ answers at ${rabbit.managementUrl}, MariaDB on 127.0.0.1:${mariadb.port}.`);

  const tool: BrokerAccess = { managementUrl: rabbit.managementUrl, user: toolUser, password: password() };
  const users = Object.fromEntries(esrTopology.users.map(({ name }) => [name, password()]));
  const federation = password();
  await demandOfBroker(rabbit, 'PUT', `/api/users/${seg(toolUser)}`, {
    password: tool.password,
    tags: 'administrator',
  });
  await applyTopology(tool, esrTopology, { users, federation });
  say(`Vhost ${esrTopology.vhost} has ${esrTopology.queues.length} queues.`);

  const servicePasswordFiles: Record<string, string> = {};
  for (const [user, value] of Object.entries(users)) {
    servicePasswordFiles[user] = await writeSecret(files, `service-${user}`, value);
  }
  const servers: RunningLab = {
    supervisorPid: process.pid,
    control: join(privateFolder, 'control'),
    readyAt: new Date().toISOString(),
    rabbitmq: {
      managementUrl: rabbit.managementUrl,
      amqpUrl: rabbit.amqpUrl,
      amqp: { ...rabbit.amqp },
      nodeName: rabbit.nodeName,
      erlang: { ...rabbit.erlang },
      vhost: esrTopology.vhost,
      user: toolUser,
      passwordFile: await writeSecret(files, 'rabbitmq-password', tool.password),
    },
    mariadb: {
      host: mariadb.host,
      port: mariadb.port,
      socket: mariadb.socket,
      reader: {
        user: mariadb.reader.user,
        passwordFile: await writeSecret(files, 'mysql-read-password', mariadb.reader.password),
      },
      root: {
        user: mariadb.root.user,
        passwordFile: await writeSecret(files, 'mysql-root-password', mariadb.root.password),
      },
    },
    servicePasswordFiles,
    federationPasswordFile: await writeSecret(files, 'federation-password', federation),
    load: plan.perSecond > 0,
  };
  const { program } = plan;
  const place = { files, labId, program, mariadb, rabbitmq: servers.rabbitmq, broker: tool, passwords: users };
  const cdc = plan.cdc === undefined ? undefined : await startCdc({ ...place, plan: plan.cdc, dir: await at('c') });
  stillWanted();
  const docker = plan.docker
    ? await startLabDocker({
        dir: await at(dockerFolder),
        labId,
        program: plan.program,
        rabbitmq: servers.rabbitmq,
        passwords: users,
      })
    : undefined;
  if (docker !== undefined) {
    say(`Docker answers at ${docker.described.endpoint}, with ${docker.described.services.length} containers.`);
  }
  stillWanted();
  const etl = plan.etl ? await startEtl({ ...place, dir: await at('e'), s3, docker: docker?.described }) : undefined;
  if (etl !== undefined)
    say(`The ETL has load types; its day is ${etl.day} in ${etl.zone}, where it is the middle of the afternoon.`);
  const running: RunningLab = {
    ...servers,
    ...(etl === undefined ? {} : { etl }),
    ...(cdc === undefined ? {} : { cdc: cdc.described }),
    ...(docker === undefined ? {} : { docker: docker.described }),
  };
  if (cdc !== undefined) say(`${cdc.described.label} captures changes.`);
  stillWanted();
  await writePrivate(
    files.config,
    labConfigText({
      running,
      rebootCommand: plan.rebootCommand,
      dockerRestartCommand: plan.dockerRestartCommand,
      cdcCommand: plan.cdcCommand,
      consumers: running.load ? consumers(running) : undefined,
      captureKeyFile: await writeSecret(files, 'capture-key', randomBytes(32).toString('base64')),
    }),
  );

  let load: Load | undefined;
  stillWanted();
  if (running.load) {
    const configs = labLoad(files, running.rabbitmq, users, plan.perSecond);
    load = await startLoad({ program: plan.program, labId, dir: await at('l'), ...configs });
    await until(
      'the load to be connected',
      async () => {
        stillWanted();
        const { body } = await askBroker(tool, 'GET', `/api/consumers/${seg(esrTopology.vhost)}`);
        return Array.isArray(body) && body.length >= consumers({ ...running, cdc: undefined });
      },
      { atMostMs: 60_000 },
    );
    say(`${consumedQueues.length} consumers and a publisher are connected.`);
  }
  const traffic = await cdc?.startTraffic();
  if (traffic !== undefined) {
    await until(
      'the consumer of changes to be connected',
      async () => {
        stillWanted();
        const { body } = await askBroker(tool, 'GET', `/api/consumers/${seg(esrTopology.vhost)}`);
        return Array.isArray(body) && body.length === consumers(running);
      },
      { atMostMs: 60_000 },
    );
    say('Rows of TIS are being changed, and a consumer takes the changes.');
  }
  return { rabbit, mariadb, load, cdc: cdc?.process, traffic, docker, running };
}

/** A machine on which it can't run has a lab without it: what it said is told, and export load types are left out. */
async function s3Or(starting: Promise<LabS3>, say: (line: string) => void): Promise<LabS3 | undefined> {
  try {
    const s3 = await starting;
    say(`S3 answers at ${s3.endpoint}, bucket ${s3.bucket}.`);
    return s3;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    say(`NOT RUN: what needs S3 (load types that write files), because ${error.message}`);
    return undefined;
  }
}

/** Consumers of the vhost when everything is connected. */
function consumers({ load, cdc, docker }: RunningLab): number {
  const inContainers = docker?.services.filter(({ queue }) => queue !== null).length ?? 0;
  return (load ? consumedQueues.length : 0) + (cdc === undefined ? 0 : 1) + inContainers;
}

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { applyTopology } from './apply-topology.ts';
import { askBroker, demandOfBroker, seg, type BrokerAccess } from './broker-http.ts';
import { labConfigText } from './lab-config.ts';
import { writePrivate, writeSecret, type LabFiles, type RunningLab } from './lab-files.ts';
import { consumedQueues, labLoad } from './lab-load.ts';
import { startLoad, type Load } from './load.ts';
import { startMariadb, type MariadbServer } from './mariadb-server.ts';
import { startRabbit, type RabbitNode } from './rabbitmq-node.ts';
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
}

/** A lab whose servers and load run; they belong to this process. */
export interface BuiltLab {
  readonly rabbit: RabbitNode;
  readonly mariadb: MariadbServer;
  readonly load: Load | undefined;
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
  const [rabbit, mariadb] = await Promise.all([
    startRabbit({ dir: await at('r'), labId }),
    startMariadb({ dir: await at('m'), labId }),
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
  const running: RunningLab = {
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
  await writePrivate(
    files.config,
    labConfigText({
      running,
      rebootCommand: plan.rebootCommand,
      consumers: running.load ? consumedQueues.length : undefined,
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
        return Array.isArray(body) && body.length === consumedQueues.length;
      },
      { atMostMs: 20_000 },
    );
    say(`${consumedQueues.length} consumers and a publisher are connected.`);
  }
  return { rabbit, mariadb, load, running };
}

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { writePrivate, writeSecret, type RunningLab } from '../lab-files.ts';
import type { LabPlace } from '../lab-place.ts';
import { startPrograms, type Load } from '../load.ts';
import { tailOf } from '../tail-of.ts';
import { until } from '../until.ts';
import { Fault } from '../../core/fault.ts';
import { connectionsOf } from './cdc-connections.ts';
import { cdcProcess, type CdcProcess } from './cdc-process.ts';
import type { MaxwellProgram } from './find-maxwell.ts';
import { maxwellProperties } from './maxwell-properties.ts';
import { prepareDatabase } from './prepare-database.ts';

/** What is captured with, and how much there is to capture. */
export interface CdcPlan {
  readonly maxwell: MaxwellProgram;
  /** Transactions that the rows' writer makes each second; 0 for no writer. */
  readonly rowsPerSecond: number;
}

/** Where change data capture joins a lab that is being built. */
export interface CdcPlace extends LabPlace {
  readonly plan: CdcPlan;
}

/** Change data capture that belongs to this process. */
export interface RunningCdc {
  readonly process: CdcProcess;
  readonly described: NonNullable<RunningLab['cdc']>;
  /** Starts the consumer of changes and then the writer of rows. */
  startTraffic(): Promise<Load>;
}

/** The broker's user that changes are published with, and the one that consumes them. */
export const cdcUser = 'cdc';
const consumerUser = 'esr-inbound';

/** Name and place of everything that a lab's change data capture is made of. */
export const cdcNames = {
  clientId: 'maxwell',
  schemaDatabase: 'maxwell',
  exchange: 'maxwell',
  queue: 'esr.queue.tis.changes',
} as const;

/** Longest wait for the first connection to the broker: Java on a busy machine takes its time. */
const startMs = 90_000;

/** Prepares the database, writes the configuration and starts capturing; returns when it is connected to the broker. */
export async function startCdc(place: CdcPlace): Promise<RunningCdc> {
  const { plan, files, labId, dir, mariadb, rabbitmq, passwords } = place;
  const account = (user: string): { user: string; password: string } => ({
    user,
    password: randomBytes(18).toString('base64url'),
  });
  const accounts = { maxwell: account('maxwell'), position: account('esr_ops_cdc'), writer: account('tis') };
  const { createConnection } = (await import('mysql2/promise')).default;
  const root = await createConnection({ host: mariadb.host, port: mariadb.port, ...mariadb.root });
  try {
    await prepareDatabase(root, accounts, cdcNames.schemaDatabase);
  } finally {
    await root.end();
  }
  await mkdir(files.cdc.folder, { recursive: true, mode: 0o700 });
  await writePrivate(
    files.cdc.properties,
    maxwellProperties({
      mysql: { host: mariadb.host, port: mariadb.port, ...accounts.maxwell },
      broker: { ...rabbitmq.amqp, vhost: rabbitmq.vhost, user: cdcUser, password: passwords[cdcUser] ?? '' },
      clientId: cdcNames.clientId,
      schemaDatabase: cdcNames.schemaDatabase,
      exchange: cdcNames.exchange,
    }),
  );
  const process = cdcProcess({
    labId,
    program: plan.maxwell,
    properties: files.cdc.properties,
    log: files.cdc.log,
    cwd: dir,
  });
  await process.start();
  await until(
    `${plan.maxwell.label} to connect to the broker`,
    async () => {
      if (process.state().state === 'stopped') throw await didNotStart(files.cdc.log, plan.maxwell.label);
      return (await connectionsOf(place.broker, cdcUser)).length > 0;
    },
    { atMostMs: startMs, everyMs: 250 },
  );
  return {
    process,
    described: {
      kind: plan.maxwell.kind,
      label: plan.maxwell.label,
      properties: files.cdc.properties,
      log: files.cdc.log,
      user: cdcUser,
      ...cdcNames,
      position: {
        user: accounts.position.user,
        passwordFile: await writeSecret(files, 'mysql-cdc-password', accounts.position.password),
      },
      writer: plan.rowsPerSecond > 0,
    },
    startTraffic: () =>
      startPrograms({ program: place.program, labId, dir }, [
        ['changes-consumer', consumerConfig(place)],
        ...(plan.rowsPerSecond > 0 ? ([['rows-writer', writerConfig(place, accounts.writer)]] as const) : []),
      ]),
  };
}

function consumerConfig({ files, rabbitmq, passwords }: CdcPlace): object {
  return {
    login: {
      ...rabbitmq.amqp,
      vhost: rabbitmq.vhost,
      user: consumerUser,
      password: passwords[consumerUser] ?? '',
      name: `${consumerUser} (lab changes)`,
    },
    queue: cdcNames.queue,
    record: files.cdc.delivered,
  };
}

function writerConfig({ plan, files, mariadb }: CdcPlace, account: { user: string; password: string }): object {
  return {
    host: mariadb.host,
    port: mariadb.port,
    ...account,
    perSecond: plan.rowsPerSecond,
    record: files.cdc.written,
  };
}

async function didNotStart(log: string, label: string): Promise<Fault> {
  return new Fault({
    code: 'lab.cdc-did-not-start',
    message: `${label} ended while it was starting:\n${await tailOf(log)}`,
    exit: 'failed',
  });
}

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { localDate } from '../../core/local-day.ts';
import { demandOfBroker, seg, type BrokerAccess } from '../broker-http.ts';
import { labImage } from '../docker/lab-image.ts';
import { writePrivate, writeSecret, type RunningLab } from '../lab-files.ts';
import type { LabPlace } from '../lab-place.ts';
import { labMarker } from '../owned-process.ts';
import { runLabEtl, type LabEtlConfig } from '../programs/etl.ts';
import type { LabS3 } from '../s3/start-s3.ts';
import { labZone } from './etl-day.ts';
import { etlDatabase, etlQueue, etlStatements, labLoads, labOffices } from './etl-loads.ts';
import { pastRuns } from './past-runs.ts';

/** What the lab's ETL is made from. */
export interface EtlPlace extends LabPlace {
  /** Undefined: there is none, and no load type writes files. */
  readonly s3: LabS3 | undefined;
  /** Undefined: jobs are programs of this machine, and nothing else has to work for them. */
  readonly docker: RunningLab['docker'];
}

type Described = NonNullable<RunningLab['etl']>;

/** The broker's user that the ETL publishes with. */
const etlUser = 'esr-exporter';

/** Ms that each Local Office takes. */
const officeMs = 15;

/**
 * Makes tables, queue and configuration of the lab's ETL, and its past: all that the schedule had yesterday and today has
 * run well. About a second.
 */
export async function startEtl(place: EtlPlace): Promise<Described> {
  const { files, dir, mariadb, rabbitmq, passwords, s3, docker } = place;
  const account = { user: 'etl', password: randomBytes(18).toString('base64url') };
  const root = await mysql.createConnection({ ...mariadb.root, host: mariadb.host, port: mariadb.port });
  try {
    for (const statement of [
      ...etlStatements,
      `CREATE USER '${account.user}'@'127.0.0.1' IDENTIFIED BY '${account.password}'`,
      `GRANT ALL ON ${etlDatabase}.* TO '${account.user}'@'127.0.0.1'`,
    ])
      await root.query(statement);
  } finally {
    await root.end();
  }
  await declareEtlQueue(place.broker, rabbitmq.vhost);

  const faults = join(dir, 'faults');
  await mkdir(faults, { mode: 0o700 });
  const loads = labLoads(s3?.bucket ?? null);
  const config: LabEtlConfig = {
    offices: [...labOffices],
    officeMs,
    mysql: { host: mariadb.host, port: mariadb.port, ...account },
    amqp: { ...rabbitmq.amqp, vhost: rabbitmq.vhost, user: etlUser, password: passwords[etlUser] ?? '' },
    s3: s3 === undefined ? null : accessOf(s3),
    loads: Object.fromEntries(Object.entries(loads).map(([name, { runs }]) => [name, runs])),
    faults,
    record: join(dir, 'written.jsonl'),
    ...(docker === undefined ? {} : { needs: docker.services.find(({ name }) => name === 'esr')?.health ?? '' }),
  };
  const now = Date.now();
  const zone = labZone(now);
  const described: Described = {
    zone,
    day: localDate(now, zone),
    config: join(dir, 'etl.json'),
    faults,
    record: join(dir, 'written.jsonl'),
    s3:
      s3 === undefined
        ? null
        : {
            endpoint: s3.endpoint,
            region: s3.region,
            bucket: s3.bucket,
            accessKeyIdFile: await writeSecret(files, 's3-key-id', s3.accessKeyId),
            secretAccessKeyFile: await writeSecret(files, 's3-secret', s3.secretAccessKey),
          },
    through: ['env', `${labMarker}=${place.labId}`, `XDG_STATE_HOME=${join(dir, 'jobs')}`],
    run: jobs(place),
  };
  await writePrivate(described.config, JSON.stringify(config));
  await mkdir(join(dir, 'jobs'), { mode: 0o700 });
  await writePast(described, now);
  return described;
}

function accessOf({ endpoint, region, bucket, accessKeyId, secretAccessKey }: LabS3): NonNullable<LabEtlConfig['s3']> {
  return { endpoint, region, bucket, accessKeyId, secretAccessKey };
}

/** How a job is run: in a container where there is an engine, else as a program of this machine. */
function jobs({ docker, program, dir, labId }: EtlPlace): Described['run'] {
  const [node = process.execPath, ...args] = program;
  const words = [...args, 'lab-program', 'etl', join(dir, 'etl.json')];
  if (docker === undefined) return { kind: 'program', program: node, args: words };
  return {
    kind: 'image',
    image: labImage,
    options: ['--network', 'host', '--volume', `${dir}:${dir}`, '--env', `${labMarker}=${labId}`],
    args: [node, ...words],
  };
}

/** The queue that the ETL sends into; a vhost that was made anew has it no more. */
export async function declareEtlQueue(access: BrokerAccess, vhost: string): Promise<void> {
  const { queue, exchange, routingKey } = etlQueue;
  const place = seg(vhost);
  await demandOfBroker(access, 'PUT', `/api/queues/${place}/${seg(queue)}`, { durable: true });
  await demandOfBroker(access, 'POST', `/api/bindings/${place}/e/${seg(exchange)}/q/${seg(queue)}`, {
    routing_key: routingKey,
  });
}

/** Runs everything that the schedule has had. */
async function writePast(etl: Described, now: number): Promise<void> {
  for (const { loadType, date } of pastRuns(etl, now)) {
    const said: string[] = [];
    const exitCode = await runLabEtl(etl.config, { loadType, date, office: null }, (line) => said.push(line));
    if (exitCode !== 0) throw new Error(`the lab's ${loadType} for ${date} failed: ${said.join('; ')}`);
  }
}

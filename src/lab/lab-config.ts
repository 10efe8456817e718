import { stringify } from 'yaml';
import { etlSections } from './etl/etl-config.ts';
import type { RunningLab } from './lab-files.ts';
import { foreign } from './topology.ts';

/** argv that does one thing to change data capture. */
export type CdcCommand = Readonly<Record<'start' | 'stop' | 'status' | 'logs', readonly string[]>>;

/** What the configuration file of a lab is made from, besides what the servers say of themselves. */
export interface LabConfigParts {
  readonly running: RunningLab;
  /** argv that reboots the lab's broker. */
  readonly rebootCommand: readonly string[];
  /** argv that restarts the lab's Docker daemon. */
  readonly dockerRestartCommand: readonly string[];
  readonly cdcCommand: CdcCommand;
  /** Consumers that the load attaches; undefined when no load was started. */
  readonly consumers: number | undefined;
  /** File with the key that captures' secrets are encrypted with. */
  readonly captureKeyFile: string;
}

/** The YAML text of a configuration with one environment, `lab`: secrets by reference only. */
export function labConfigText({
  running,
  rebootCommand,
  dockerRestartCommand,
  cdcCommand,
  consumers,
  captureKeyFile,
}: LabConfigParts): string {
  const { rabbitmq, mariadb } = running;
  return stringify({
    version: 1,
    environments: {
      lab: {
        description: 'private servers on this machine',
        timezone: 'Europe/London',
        rabbitmq: {
          management: rabbitmq.managementUrl,
          amqp: rabbitmq.amqpUrl,
          user: rabbitmq.user,
          password: { file: rabbitmq.passwordFile },
          vhost: rabbitmq.vhost,
          expected: {
            queuePrefixes: ['esr.'],
            users: ['esr-*', 'cdc'],
            exchanges: ['maxwell'],
            neighbours: [`queue:${foreign.queue}`, `user:${foreign.user}`],
            ...(consumers === undefined ? {} : { consumers }),
          },
          reboot: { name: 'lab-broker', command: [...rebootCommand] },
        },
        mysql: {
          host: mariadb.host,
          port: mariadb.port,
          user: mariadb.reader.user,
          password: { file: mariadb.reader.passwordFile },
        },
        // Without it, change data capture has a user and an exchange in the lab, and nothing that runs.
        cdc: running.cdc === undefined ? 'none' : cdcSection(running.cdc, cdcCommand),
        ...(running.cdc === undefined ? {} : { reconcile: reconciled }),
        ...(running.docker === undefined ? {} : dockerSections(running.docker, dockerRestartCommand)),
        ...(running.etl === undefined ? {} : etlSections(running.etl, running.docker)),
        capture: { secrets: 'encrypt', key: { file: captureKeyFile } },
      },
    },
  });
}

/** The table that the writer of rows fills with records of today. */
const reconciled = {
  tables: [
    {
      what: 'notifications',
      table: 'tcs.EsrNotification',
      created: 'createdDate',
      office: 'managingDeaneryBodyCode',
    },
  ],
};

function cdcSection(cdc: NonNullable<RunningLab['cdc']>, command: CdcCommand): object {
  return {
    clientId: cdc.clientId,
    schemaDatabase: cdc.schemaDatabase,
    exchange: { name: cdc.exchange, type: 'fanout', durable: true },
    config: { kind: 'properties', file: cdc.properties },
    control: {
      start: { command: [...command.start] },
      stop: { command: [...command.stop] },
      status: { command: [...command.status] },
      logs: { command: [...command.logs] },
    },
    mysql: { user: cdc.position.user, password: { file: cdc.position.passwordFile } },
  };
}

/** What is known of the lab's services that people mix up. */
const about: Readonly<
  Record<string, { readonly is: string; readonly isNot: string; readonly aliases: readonly string[] }>
> = {
  esr: {
    is: 'The ESR service: takes what the ETL sends it, and consumes applicant records from its queue.',
    isNot: 'Not ESR-ETL, which runs the load types and only talks to this one.',
    aliases: ['esr-service', 'esr-app'],
  },
  'esr-etl': {
    is: 'ESR-ETL: runs the load types by schedule.',
    isNot: 'Not ESR, whose log says "Application startup failed" when it is ESR that is at fault.',
    aliases: ['etl', 'esr-etl-app'],
  },
};

function dockerSections(
  { endpoint, client, services }: NonNullable<RunningLab['docker']>,
  restart: readonly string[],
): object {
  return {
    docker: { local: { endpoint, client, restart: [...restart], restartLimit: '90s', answerTimeout: '5s' } },
    components: Object.fromEntries(
      services.map(({ name, container, health, queue, create }) => [
        name,
        {
          aliases: [...(about[name]?.aliases ?? [])],
          is: about[name]?.is ?? name,
          isNot: [about[name]?.isNot ?? ''],
          owner: 'whoever started the lab',
          control: { container },
          recreate: { command: [...create] },
          health: { url: health, body: '"UP"' },
          log: { started: ['Started \\w+'], failed: ['Application startup failed'] },
          stopGrace: '10s',
          startLimit: '30s',
          ...(name === 'esr-etl' ? { dependsOn: ['esr'] } : {}),
          ...(queue === null ? {} : { queues: [queue] }),
        },
      ]),
    ),
  };
}

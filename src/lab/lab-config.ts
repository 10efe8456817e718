import { stringify } from 'yaml';
import type { RunningLab } from './lab-files.ts';
import { foreign } from './topology.ts';

/** What the configuration file of a lab is made from, besides what the servers say of themselves. */
export interface LabConfigParts {
  readonly running: RunningLab;
  /** argv that reboots the lab's broker. */
  readonly rebootCommand: readonly string[];
  /** Consumers that the load attaches; undefined when no load was started. */
  readonly consumers: number | undefined;
  /** File with the key that captures' secrets are encrypted with. */
  readonly captureKeyFile: string;
}

/** The YAML text of a configuration with one environment, `lab`: secrets by reference only. */
export function labConfigText({ running, rebootCommand, consumers, captureKeyFile }: LabConfigParts): string {
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
        // Change data capture has a user and an exchange in the lab, and nothing that runs.
        cdc: 'none',
        capture: { secrets: 'encrypt', key: { file: captureKeyFile } },
      },
    },
  });
}

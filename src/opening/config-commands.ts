import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Composition } from '../cli/composition.ts';
import type { Clock } from '../core/ports.ts';
import { createRabbitReader } from '../services/rabbitmq/reader.ts';
import type { OpenedReaders } from './readers.ts';
import type { Settings } from './settings.ts';

/** What `config show`, `config schema` and `config check` are carried out with. */
export function configCommands(
  settings: Settings,
  s3: OpenedReaders['s3'],
  parts: {
    readonly clock: Clock;
    readonly env: Composition['env'];
    readonly runbooksFolder: string;
    readonly closing: (() => Promise<void>)[];
  },
): Composition['config'] {
  return {
    show: async () => {
      const found = await settings.config();
      return { config: (await import('../config/show-config.ts')).showConfig(found), file: found.file ?? 'no file' };
    },
    schema: async () => (await import('../config/json-schema.ts')).configJsonSchema(),
    example: () => readFile(join(parts.runbooksFolder, 'example-config.yaml'), 'utf8'),
    check: async () => {
      const { checkEnvironment } = await import('../config/config-check.ts');
      const { readMysqlAccount } = await import('../services/mysql/account.ts');
      const { hostReaders } = await import('../services/host/reader.ts');
      const environment = await settings.environment();
      const { checks } = await checkEnvironment(environment, {
        secrets: settings.secrets,
        env: parts.env,
        stateRoot: (await settings.config()).stateRoot,
        rabbit: (rabbitmq, password) => {
          const reader = createRabbitReader({ ...rabbitmq, password });
          parts.closing.push(() => reader.close());
          return reader;
        },
        mysql: (mysql, password) => readMysqlAccount({ settings: mysql, password }),
        host: hostReaders(environment.hosts),
        now: parts.clock.now(),
        s3,
        webhook: async (channel, url) => (await import('../services/notify/reach.ts')).reachWebhook(channel, url),
      });
      return checks;
    },
  };
}

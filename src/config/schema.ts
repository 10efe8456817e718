import { z } from 'zod';
import { zoneNamed } from './zone.ts';

const text = z.string().min(1, 'must not be empty');

const argv = z
  .tuple([text], z.string())
  .describe('A program and its arguments, one list item each. No shell is involved, so nothing needs quoting.');

const secretRef = z
  .union([
    z.strictObject({ env: text.describe('Name of the environment variable that holds the secret.') }),
    z.strictObject({ file: text.describe('File that holds the secret and nothing else; best with mode 0600.') }),
    z.strictObject({ command: argv.describe('Program whose first line of output is the secret.') }),
  ])
  .describe('Where a secret comes from. Secrets themselves never stand in this file.');

const duration = z
  .union([z.int().positive(), z.string().regex(/^[1-9]\d{0,5}(ms|s|m|h)$/, 'must be a duration such as 10s')])
  .describe('Milliseconds, or a duration such as 500ms, 10s or 5m.');

const tls = z
  .strictObject({
    ca: text.optional().describe('PEM file with the authorities to trust instead of the system’s.'),
    serverName: text.optional().describe('Name to verify instead of the host’s.'),
  })
  .describe('TLS settings. Verification can’t be switched off.');

const serverUrl = (schemes: readonly string[], example: string): z.ZodString =>
  z.string().superRefine((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || !schemes.includes(url.protocol) || url.hostname === '')
      context.addIssue({ code: 'custom', message: `must be a URL such as ${example}` });
    else if (url.username !== '' || url.password !== '')
      context.addIssue({ code: 'custom', message: 'must not hold credentials', params: { literalSecret: true } });
    else if (url.search !== '' || url.hash !== '')
      context.addIssue({ code: 'custom', message: `must end after the path, as in ${example}` });
  });

const expected = z
  .strictObject({
    queuePrefixes: z.array(text).optional().describe('Prefixes of the queues that belong here. Default: all do.'),
    users: z.array(text).optional().describe('Users that belong here, * at the end allowed. Default: all do.'),
    consumers: z.int().nonnegative().optional().describe('Consumers of a healthy vhost, when no capture tells.'),
    neighbours: z
      .array(text.regex(/^(queue|user|connection):/, 'must be queue:NAME, user:NAME or connection:USER'))
      .optional()
      .describe('Foreign items whose owners agreed beforehand that recreating the vhost interrupts them.'),
    exchanges: z.array(text).optional().describe('Exchanges that must have at least one binding, such as CDC’s.'),
  })
  .describe('What belongs into the vhost; everything else is foreign and blocks its recreation until it is named.');

const rabbitmq = z
  .strictObject({
    management: serverUrl(['http:', 'https:'], 'https://mq.example.org:15671').describe(
      'Base URL of the management API, without credentials.',
    ),
    amqp: serverUrl(['amqp:', 'amqps:'], 'amqps://mq.example.org:5671')
      .superRefine((value, context) => {
        if (URL.canParse(value) && !['', '/'].includes(new URL(value).pathname))
          context.addIssue({ code: 'custom', message: 'must not name a vhost: that is `vhost`' });
      })
      .describe('AMQP address, without credentials and vhost.'),
    user: text.describe('User with the tag administrator.'),
    password: secretRef,
    vhost: text.describe('Vhost that commands work on unless told another.'),
    expected: expected.optional(),
    reboot: z
      .strictObject({
        name: text
          .regex(/^[\w.-]+$/, 'must be letters, digits, dots, dashes')
          .describe('Name that is typed to agree to a reboot.'),
        command: argv,
      })
      .optional()
      .describe('How the broker is rebooted from here. Default: it can’t be.'),
    tls: tls.optional(),
    timeoutMs: duration.optional().describe('Longest wait for one answer. Default 10s.'),
    slowTimeoutMs: duration.optional().describe('Longest wait for a slow change, such as an import. Default 5m.'),
  })
  .describe('The RabbitMQ broker.');

const mysql = z
  .strictObject({
    host: text.describe('Host name or address.'),
    port: z.int().min(1).max(65_535).optional().describe('TCP port. Default 3306.'),
    user: text.describe('Account that can only read.'),
    password: secretRef,
    tls: tls.optional().describe('TLS settings; {} for the system’s authorities. Default: no TLS.'),
    timeoutMs: duration.optional().describe('Longest wait for one answer. Default 10s.'),
  })
  .describe('The MySQL or MariaDB server. It also holds the lock that all operators share.');

const capture = z
  .strictObject({
    secrets: z
      .enum(['encrypt', 'omit'])
      .optional()
      .describe('Passwords inside shovel and federation parameters: encrypted with key, or left out (default).'),
    key: secretRef.optional().describe('Passphrase for encrypt.'),
  })
  .superRefine((value, context) => {
    if (value.secrets === 'encrypt' && value.key === undefined)
      context.addIssue({ code: 'custom', path: ['secrets'], message: '`encrypt` needs `key`' });
  })
  .describe('What captures keep.');

const cdcCommand = (help: string) => z.strictObject({ command: argv }).describe(help);

const cdc = z
  .strictObject({
    clientId: text.optional().describe('Maxwell’s client_id. Default maxwell.'),
    schemaDatabase: text
      .regex(/^[\w$]+$/, 'must be letters, digits, underscores')
      .optional()
      .describe('Database of Maxwell’s own tables. Default maxwell.'),
    exchange: z
      .strictObject({
        name: text.describe('Its name.'),
        type: z.enum(['fanout', 'topic', 'direct', 'headers']).optional().describe('Default fanout.'),
        durable: z.boolean().optional().describe('Default false, as Maxwell has it.'),
      })
      .describe('The exchange as Maxwell declares it: rabbitmq_exchange, …_type, …_durable.'),
    config: z
      .strictObject({
        kind: z.literal('properties').describe('A Java properties file.'),
        file: text.describe('Path of its config.properties.'),
      })
      .describe('Where Maxwell’s configuration is.'),
    control: z
      .strictObject({
        start: cdcCommand('Starts it.'),
        stop: cdcCommand('Stops it in order, and returns when it has ended.'),
        status: cdcCommand('Exit 0: it runs; 3: it is stopped.'),
        logs: cdcCommand('Prints the last lines of its log.'),
      })
      .describe('How its process is controlled.'),
    mysql: z
      .strictObject({ user: text.describe('Its name.'), password: secretRef })
      .describe('Account that may write Maxwell’s positions, and nothing else.'),
  })
  .describe('A Maxwell that can be controlled from here.');

const timezone = z
  .string()
  .refine((name) => zoneNamed(name) !== null, 'must be an IANA time zone such as Europe/London');

const environment = z
  .strictObject({
    description: z.string().optional().describe('One line for people.'),
    protected: z.boolean().optional().describe('Runs that change something also need --reason. Default false.'),
    timezone: timezone.optional().describe('Zone of local times at prompts and on screens. Default Europe/London.'),
    rabbitmq: rabbitmq.optional(),
    mysql: mysql.optional(),
    capture: capture.optional(),
    cdcMessages: z
      .strictObject({
        exchange: text.optional().describe('Exchange that CDC publishes to. Default maxwell.'),
        timestamp: text.optional().describe('Property of the JSON body with seconds since the epoch. Default ts.'),
      })
      .optional()
      .describe('How messages of CDC are told from others when drained messages are put back.'),
    cdc: z
      .union([z.enum(['manual', 'none']), cdc])
      .optional()
      .describe('Change data capture: stopped and started by hand (manual, the default), none, or how to control it.'),
    runbooks: z.array(text).optional().describe('More runbook folders, for this environment.'),
  })
  .describe('One environment.');

/** Shape of the configuration file, as it is written: paths and defaults not yet resolved. */
export const configSchema = z
  .strictObject({
    version: z.literal(1).describe('Version of this format.'),
    defaultEnvironment: text.optional().describe('Environment that is meant when --env is not given.'),
    state: text.optional().describe('Folder for journals and captures. Default ~/.local/state/esr-ops.'),
    runbooks: z.array(text).optional().describe('More runbook folders, for all environments.'),
    environments: z
      .record(
        z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, dots and dashes'),
        environment,
      )
      .describe('Environments by name.'),
  })
  .superRefine(({ defaultEnvironment, environments }, context) => {
    if (defaultEnvironment === undefined || Object.hasOwn(environments, defaultEnvironment)) return;
    if (!/^lab(-|$)/.test(defaultEnvironment))
      context.addIssue({ code: 'custom', path: ['defaultEnvironment'], message: 'must be one of the environments' });
  })
  .describe('Configuration of esr-ops.');

/** The configuration file's content after its shape was checked. */
export type ConfigFile = z.infer<typeof configSchema>;
export type EnvironmentFile = z.infer<typeof environment>;
export type SecretRefFile = z.infer<typeof secretRef>;
export type DurationFile = z.infer<typeof duration>;

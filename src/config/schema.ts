import * as z from 'zod';
import { checkHostReferences } from './host-references.ts';
import { cdc } from './schema-cdc.ts';
import { component } from './schema-components.ts';
import { docker } from './schema-docker.ts';
import { hosts } from './schema-hosts.ts';
import { loadType } from './schema-load-types.ts';
import { notify } from './schema-notify.ts';
import { s3 } from './schema-s3.ts';
import { checkReconcile, reconcile } from './schema-reconcile.ts';
import { argv, duration, secretRef, serverUrl, text, tls } from './schema-values.ts';
import { zoneNamed } from './zone.ts';

const expected = z
  .strictObject({
    queuePrefixes: z.array(text).optional().describe('Prefixes of the queues that belong here. Default: all do.'),
    users: z.array(text).optional().describe('Users that belong here, * at the end allowed. Default: all do.'),
    consumers: z.int().nonnegative().optional().describe('Consumers of a healthy vhost, when no capture tells.'),
    neighbours: z
      .array(text.regex(/^(queue|user|connection):/, 'must be queue:NAME, user:NAME or connection:USER'))
      .optional()
      .describe('Foreign items whose owners agreed beforehand that recreating the vhost interrupts them.'),
    exchanges: z.array(text).optional().describe("Exchanges that must have at least one binding, such as CDC's."),
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
      .describe("How the broker is rebooted from here. Default: it can't be."),
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
    tls: tls.optional().describe("TLS settings; {} for the system's authorities. Default: no TLS."),
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

const timezone = z
  .string()
  .refine((name) => zoneNamed(name) !== null, 'must be an IANA time zone such as Europe/London');

const itemName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be lower case letters, digits, dots and dashes');

const environment = z
  .strictObject({
    description: z.string().optional().describe('One line for people.'),
    protected: z.boolean().optional().describe('Runs that change something also need --reason. Default false.'),
    timezone: timezone.optional().describe('Zone of local times at prompts and on screens. Default Europe/London.'),
    rabbitmq: rabbitmq.optional(),
    mysql: mysql.optional(),
    hosts: hosts.optional(),
    docker: docker.optional(),
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
    localOffices: z
      .array(text)
      .min(1)
      .optional()
      .describe('Codes of the Local Offices. Default: the 13 that are known from file names.'),
    components: z.record(itemName, component).optional().describe('The parts of the interface, by name.'),
    loadTypes: z.record(itemName, loadType).optional().describe('The ETL runs, by business name.'),
    s3: s3.optional(),
    notify: notify.optional(),
    reconcile: reconcile.optional(),
    runbooks: z.array(text).optional().describe('More runbook folders, for this environment.'),
  })
  .superRefine((value, context) => {
    checkHostReferences(value, context);
    checkReconcile(value, context);
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

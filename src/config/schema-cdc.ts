import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { argv, duration, secretRef, text } from './schema-values.ts';

const cdcCommand = (help: string) => z.strictObject({ command: argv }).describe(help);

const host = text.optional().describe('One of hosts. Default: this machine.');

const control = z
  .union([
    z
      .strictObject({
        host,
        start: cdcCommand('Starts it.'),
        stop: cdcCommand('Stops it in order, and returns when it has ended.'),
        status: cdcCommand('Exit 0: it runs; 3: it is stopped.'),
        logs: cdcCommand('Prints the last lines of its log.'),
      })
      .describe('Commands of its own.'),
    z
      .strictObject({
        container: z
          .strictObject({
            name: text
              .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]+$/, 'must be the name of a container')
              .describe('Name of the container.'),
            host,
            docker: text
              .regex(/^(unix|tcp|ssh|npipe|fd):\/\/\S+$/, 'must be such as unix:///run/docker.sock')
              .optional()
              .describe("Where its Docker engine listens, as `docker --host` takes it. Default: the client's own."),
          })
          .describe('It runs in this container.'),
      })
      .describe('A Docker container.'),
    z
      .strictObject({
        systemd: z
          .strictObject({
            unit: text
              .regex(/^[A-Za-z0-9][A-Za-z0-9:_.@\\-]*$/, 'must be the name of a unit')
              .describe('Name of the unit.'),
            host,
          })
          .describe('It runs as this unit.'),
      })
      .describe('A systemd unit.'),
  ])
  .describe('How its process is controlled.');

const file = text.describe('Path of the file; absolute on another host.');

const config = z
  .union([
    z
      .strictObject({ kind: z.literal('properties').describe('A Java properties file.'), file, host })
      .describe("Maxwell's config.properties."),
    z
      .strictObject({ kind: z.literal('env').describe('NAME=value, one a line.'), file, host })
      .describe('A file of environment variables.'),
    z
      .strictObject({
        kind: z.literal('compose').describe('The environment of a service in a compose file.'),
        service: text.describe('Name of the service.'),
        file,
        host,
      })
      .describe('A compose file.'),
  ])
  .superRefine((value, context) => {
    if (value.host === undefined || value.host === 'local' || isAbsolute(value.file)) return;
    context.addIssue({ code: 'custom', path: ['file'], message: `must be absolute, as it is on host ${value.host}` });
  })
  .describe("Where Maxwell's configuration is.");

const consumer = z
  .strictObject({
    name: text.optional().describe('As people call it. Default: its queue.'),
    queue: text.optional().describe('Its queue.'),
    onDuplicate: z
      .enum(['dropped', 'harmful', 'unknown'])
      .describe('What a change does that comes a second time: it is recognised, it takes effect again, nobody knows.'),
    note: z.string().optional().describe('More about it, shown beside it.'),
  })
  .refine(({ name, queue }) => name !== undefined || queue !== undefined, 'must have a name or a queue')
  .describe('One who consumes the changes.');

/** CDC: where its configuration is, how it is controlled, and the account for its positions. */
export const cdc = z
  .strictObject({
    clientId: text.optional().describe("Maxwell's client_id. Default maxwell."),
    schemaDatabase: text
      .regex(/^[\w$]+$/, 'must be letters, digits, underscores')
      .optional()
      .describe("Database of Maxwell's own tables. Default maxwell."),
    exchange: z
      .strictObject({
        name: text.describe('Its name.'),
        type: z.enum(['fanout', 'topic', 'direct', 'headers']).optional().describe('Default fanout.'),
        durable: z.boolean().optional().describe('Default false, as Maxwell has it.'),
      })
      .describe('The exchange as Maxwell declares it: rabbitmq_exchange, ..._type, ..._durable.'),
    config,
    control,
    brokerUsers: z
      .record(text, z.strictObject({ password: secretRef }).describe('One user of the broker.'))
      .optional()
      .describe("Passwords that `cdc repoint` may write into Maxwell's configuration, by the broker's user."),
    mysql: z
      .strictObject({ user: text.describe('Its name.'), password: secretRef })
      .describe("Account that may write Maxwell's positions, and nothing else."),
    margin: duration
      .optional()
      .describe('How far before the wanted time a position stays that is not proven. Default 10m.'),
    consumers: z.array(consumer).optional().describe('Who consumes the changes, and what a replay means there.'),
  })
  .describe('A Maxwell that can be controlled from here.');

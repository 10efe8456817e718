import { z } from 'zod';
import { argv, secretRef, text } from './schema-values.ts';

const cdcCommand = (help: string) => z.strictObject({ command: argv }).describe(help);

/** CDC: where its configuration is, how it is controlled, and the account for its positions. */
export const cdc = z
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

import * as z from 'zod';
import { argv, cron, duration, pattern, text } from './schema-values.ts';
import { zoneNamed } from './zone.ts';

const template = (help: string) => text.describe(`${help} May hold \${date}, \${date:YYYYMMDD} and parameters.`);

const identifier = z.string().regex(/^[\w$]{1,64}$/, 'must be letters, digits, underscores');

const args = z
  .array(
    z.union([
      z.string(),
      z.strictObject({
        when: text.describe('Name of a parameter: the words are only there when it has a value.'),
        words: z.array(z.string()).min(1).describe('The arguments.'),
      }),
    ]),
  )
  .optional()
  .describe('Arguments, one list item each; with ${date}, ${date:YYYYMMDD} and parameters.');

/** What would start it a second time by itself, take away how it ended, or give it a name that does not keep a second out. */
const runOption = z
  .string()
  .refine(
    (word) => !/^--(name|rm|restart)(=|$)/.test(word),
    'is chosen by esr-ops: a run is named, kept and begun once',
  );

const host = text.optional().describe("A name of `hosts`. Default: its component's.");
const docker = text.optional().describe("Docker's --host there. Default: its component's.");

const run = z
  .union([
    z.strictObject({
      image: template('Image of a container that is made for the run, named after load type and date.').refine(
        (image) => !image.startsWith('-'),
        'must not begin like an option',
      ),
      options: z.array(runOption).optional().describe('Options of `docker run` before the image.'),
      args,
      host,
      docker,
    }),
    z.strictObject({ container: text.describe('A container that is there and ends by itself.'), host, docker }),
    z.strictObject({ program: text.describe('A program on the host.'), args, host }),
    z.strictObject({
      publish: z
        .strictObject({
          vhost: text.optional().describe("Default: the environment's."),
          exchange: z.string().describe('Its name; "" is the default exchange.'),
          routingKey: template('Routing key.'),
          body: z.json().describe('Text, or anything else as JSON; texts may hold ${date}, ${office} and parameters.'),
          contentType: text.optional().describe('Default application/json, or text/plain where body is text.'),
          headers: z.record(text, z.string()).optional().describe('Values may hold ${date}, ${office} and parameters.'),
          perOffice: z.boolean().optional().describe('One message for each Local Office. Default false.'),
        })
        .describe('A command message, confirmed by the broker and routed.'),
    }),
  ])
  .describe('How it is run by hand: image or container, program on a host, or a message to publish.');

const parameter = z.strictObject({
  type: z.enum(['date', 'deanery', 'text', 'integer', 'enum']).describe('deanery is one of the Local Offices.'),
  values: z.array(text).optional().describe('Values of an enum.'),
  help: text.describe('What it does.'),
  required: z.boolean().optional().describe('Default false.'),
  default: z.union([text, z.int()]).optional().describe('Its value when none is given.'),
});

const table = z.strictObject({
  table: z
    .string()
    .regex(/^[\w$]{1,64}\.[\w$]{1,64}$/, 'must be database.table')
    .describe('database.table'),
  date: identifier.describe('Column that says which date a row is for.'),
  holds: z.enum(['date', 'utc', 'local']).optional().describe('A date (default), or a time in UTC or local.'),
  office: identifier.optional().describe('Column with the Local Office.'),
  officeIs: z.record(text, text).optional().describe('Its value by Local Office, where it is not the code itself.'),
  where: z
    .record(identifier, z.union([z.string(), z.number()]))
    .optional()
    .describe('Columns with these values.'),
  atLeast: z.int().nonnegative().optional().describe('Rows of a good run. Default 1.'),
  offices: z.enum(['all', 'any']).optional().describe('Whether each Local Office must have rows. Default any.'),
});

const s3 = z.strictObject({
  s3: z
    .strictObject({
      bucket: text.describe('Its name.'),
      prefix: z.string().describe('What all keys of a date begin with; with ${date:YYYYMMDD}.'),
      key: text.describe('The rest of the key, with ${office} and ${seq:8}.'),
      expect: z
        .union([z.literal('per-office'), z.literal('any'), z.int().nonnegative()])
        .optional()
        .describe('Files of a date: one per Local Office (per-office, default), any, or so many.'),
      contiguous: z.boolean().optional().describe('Whether their numbers have no gap. Default true with ${seq}.'),
      minBytes: z.int().nonnegative().optional().describe('Bytes that a file has at least. Default 1.'),
    })
    .describe('Files in a bucket.'),
});

const queue = z.strictObject({
  queue: text.describe('Its name.'),
  vhost: text.optional().describe("Default: the environment's."),
  atLeast: z.int().nonnegative().optional().describe('Messages of a good run. Default 1.'),
});

const timezone = z
  .string()
  .refine((name) => zoneNamed(name) !== null, 'must be an IANA time zone such as Europe/London');

/** One load type, as it is written. */
export const loadType = z
  .strictObject({
    aliases: z.array(text).optional().describe('Other names that jobs, dashboards and people use for it.'),
    meaning: text.describe('What it is, in words of the business.'),
    example: z.boolean().optional().describe('An example of the shipped configuration that is still to be replaced.'),
    component: text.describe('Name of the component that runs it.'),
    run,
    parameters: z
      .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case letters, digits, dashes'), parameter)
      .superRefine((given, context) => {
        for (const [name, { type, values }] of Object.entries(given)) {
          if (['date', 'office', 'seq'].includes(name))
            context.addIssue({ code: 'custom', path: [name], message: 'is a name with a meaning of its own' });
          if ((type === 'enum') !== (values !== undefined && values.length > 0))
            context.addIssue({
              code: 'custom',
              path: [name, 'values'],
              message: 'go with the type enum, and with it only',
            });
        }
      })
      .optional()
      .describe('Parameters of a run besides the date.'),
    defaultDate: z.enum(['today', 'yesterday']).optional().describe('What a run is for without --date. Default today.'),
    schedule: z
      .strictObject({ cron, zone: timezone.optional().describe("Default: the environment's.") })
      .optional()
      .describe('When it runs by itself.'),
    usually: duration.describe('How long it takes on a usual day.'),
    limit: duration.optional().describe('When a run counts as stuck. Default 10 times the usual.'),
    writes: z.array(z.union([table, s3, queue])).describe('What it leaves behind: tables, files, messages.'),
    evidenceWithin: duration.optional().describe('How long what it writes may take to appear. Default 1m.'),
    feeds: z.array(text).optional().describe('Load types that read what it writes.'),
    closesAt: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 17:30')
      .optional()
      .describe('Local time after which it is too late. Default: when what it feeds starts.'),
    missed: z
      .strictObject({
        means: text.describe('What is lost or late, for whom.'),
        coveredBy: text.optional().describe('Load type whose next run makes it good. Default: none does.'),
        instead: text.optional().describe("What to do when it can't be done in time."),
      })
      .describe('What it means that it did not run.'),
    rerun: z
      .union([
        z.literal('safe'),
        z.strictObject({
          twice: text.describe('What will be there twice, and what that does.'),
          clear: text.optional().describe('How what a part-way run left is removed first.'),
        }),
      ])
      .describe('What happens when it runs again for the same date.'),
    log: z
      .strictObject({
        succeeded: z.array(pattern).optional().describe('When there are any, one of them must have come.'),
        failed: z.array(pattern).optional().describe('Any of them: it failed, whatever its exit code.'),
      })
      .optional()
      .describe('Lines of its log, as regular expressions.'),
    busy: z
      .union([
        z.strictObject({ containers: z.array(pattern).min(1).describe('Names of running containers.') }),
        z.strictObject({ command: argv.describe('Exit 0: one runs; 3: none does. Must only look.') }),
      ])
      .optional()
      .describe('How a run that somebody else started is noticed.'),
  })
  .describe('An ETL run by its business name.');

export type LoadTypeFile = z.infer<typeof loadType>;

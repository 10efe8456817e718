import * as z from 'zod';
import { argv, duration, pattern, text } from './schema-values.ts';

const names = (help: string) => z.array(text).optional().describe(help);

const control = z
  .union([
    z.strictObject({
      container: text.describe('Name of its container.'),
      docker: text.optional().describe("Docker's --host there. Default: what the client takes by itself."),
    }),
    z.strictObject({ systemd: text.describe('Its unit.') }),
    z.strictObject({
      start: argv.describe('Starts it.'),
      stop: argv.describe('Stops it in order, and returns when it has ended.'),
      status: argv.describe('Exit 0: it runs; 3: it is stopped.'),
      logs: argv.describe('Prints the last lines of its log; gets their number as one more argument.'),
    }),
    z.literal('person'),
  ])
  .describe('How it is stopped, started and looked at: a container, a systemd unit, commands, or by a person.');

const recreate = z
  .union([
    z.strictObject({ command: argv.describe('Run on its host.') }),
    z.strictObject({
      compose: text.describe('The compose file.'),
      service: text.describe('Its service there.'),
      project: text.optional().describe("Name of the project. Default: Compose's own choice."),
    }),
  ])
  .describe('How it is made anew on its host when it is gone. Default: a person has to.');

const health = z
  .union([
    z.strictObject({
      url: z.url({ protocol: /^https?$/ }).describe('Asked from this machine, with GET.'),
      status: z.int().min(100).max(599).optional().describe('Default 200.'),
      body: pattern.optional().describe('Regular expression that the body must match.'),
      timeoutMs: duration.optional().describe('Longest wait for an answer. Default 5s.'),
    }),
    z.strictObject({
      command: argv.describe('Run on its host; it works when this exits 0. Must only look.'),
      timeoutMs: duration.optional().describe('Longest time for it. Default 5s.'),
    }),
  ])
  .describe('What says that it works, not merely that it is up.');

/** One component of the interface, as it is written. */
export const component = z
  .strictObject({
    aliases: names('Other names that people, alerts and dashboards use for it.'),
    is: text.describe('What it does, and for whom.'),
    isNot: names('What it is taken for and is not, a sentence each.'),
    owner: text.describe('Who is asked about it.'),
    host: text.optional().describe('A name of `hosts`. Default local: this machine.'),
    control,
    recreate: recreate.optional(),
    health: health.optional(),
    log: z
      .strictObject({
        started: z.array(pattern).optional().describe('Any of these lines: the application started.'),
        failed: z.array(pattern).optional().describe('Any of these lines: it did not.'),
      })
      .optional()
      .describe('Lines of its log that mean something, as regular expressions.'),
    stopGrace: duration.optional().describe('From the order to stop until it is killed. Default 30s.'),
    startLimit: duration.optional().describe('In which it must have started and be healthy. Default 3m.'),
    dependsOn: names('Names of the components that it needs.'),
    queues: names('Queues of the vhost that have a consumer while it works.'),
  })
  .describe('A part of the interface.');

export type ComponentFile = z.infer<typeof component>;

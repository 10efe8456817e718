import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { collect, textOr } from './option-values.ts';

/** `status` and `diagnose`: how the interface is, and what is wrong with it. Reading only. */
export function addLookingCommands(program: Command, invoke: (invocation: Invocation) => void): void {
  const limit = '--timeout <duration>';
  program
    .command('status')
    .description('every part of the interface on one screen; exit code 11 when there is something to act on')
    .option('--only <part>', 'look at this part only (repeatable): mysql, maxwell, broker, vhost, ...', collect)
    .option('-q, --quiet', 'print nothing when all is well (for cron)')
    .option(limit, 'longest look at one part (default: 1200ms)')
    .addHelpText(
      'after',
      `
Examples:
  $ esr-ops status --env prod
      one screen, in the order in which data flows
  $ esr-ops status --env prod --quiet --no-input
      from cron: silent, unless somebody has to act
  $ esr-ops status --env prod --output json
      the same for a monitor`,
    )
    .action((options: { only?: readonly string[]; quiet?: boolean; timeout?: string }) =>
      invoke({
        is: 'status',
        options: { only: options.only ?? [], quiet: options.quiet === true, timeout: textOr(options.timeout) },
      }),
    );
  program
    .command('diagnose [from]')
    .description('what is wrong, causes before consequences, what it means, and the one next command')
    .option('--symptom <text>', 'text of an alert or of an error, as whole as you have it')
    .option('--log <file>', 'a log of any size; - or the word - alone: standard input')
    .option(limit, 'longest look at one part (default: 4s)')
    .addHelpText(
      'after',
      `
Examples:
  $ esr-ops diagnose --env prod
      look at everything, and say what to do
  $ esr-ops diagnose --env prod --symptom 'channel error; reply-code=406, reply-te...'
      what the text can mean, what is missing of it, and what was found
  $ docker logs esr-etl 2>&1 | esr-ops diagnose --env prod -
      the same for a log`,
    )
    .action((from: string | undefined, options: { symptom?: string; log?: string; timeout?: string }) =>
      invoke({
        is: 'diagnose',
        options: {
          symptom: textOr(options.symptom),
          log: textOr(options.log ?? from),
          timeout: textOr(options.timeout),
        },
      }),
    );
}

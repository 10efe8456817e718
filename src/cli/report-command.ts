import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { textOr } from './option-values.ts';

/** `report`: write runs up. */
export function addReportCommand(program: Command, invoke: (invocation: Invocation) => void): void {
  program
    .command('report [runs...]')
    .description('a post-mortem of runs from their journals and notes, as Markdown for a wiki')
    .option('--incident <id>', 'all runs that were given this label')
    .option(
      '--bundle <file>',
      'an archive for a support ticket instead: journals, captures, versions, logs; no secrets',
    )
    .option('--force', 'with --bundle: overwrite the file')
    .addHelpText(
      'after',
      `
What no journal can know is added to a run by anyone, at any time, and is otherwise marked as not recorded:
  $ esr-ops runs note RUN "detection: at 2026-03-22T07:26Z 406 errors in the alerts channel"
  $ esr-ops runs note RUN "action (platform team): open a ticket with the broker's provider"
  Also: summary, impact, non-technical, trigger, resolution, root cause, went well, went wrong, lucky, lesson.

Examples:
  $ esr-ops report run-20260322T063000Z-a1b2c3 --env prod > post-mortem.md
      one run
  $ esr-ops report --incident INC-1234 --env prod
      every run with --incident INC-1234, in the order of time
  $ esr-ops report --incident INC-1234 --env prod --bundle INC-1234.tar.gz
      what a support ticket needs, with a manifest`,
    )
    .action((runs: string[], options: Record<string, unknown>) =>
      invoke({
        is: 'report',
        options: {
          runs,
          incident: textOr(options['incident']),
          bundle: textOr(options['bundle']),
          force: options['force'] === true,
        },
      }),
    );
}

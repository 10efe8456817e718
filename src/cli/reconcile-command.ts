import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { textOr } from './option-values.ts';

/** `reconcile`: a day of the database beside its log and its files. `command` is its place in the tree. */
export function addReconcileCommand(command: Command, invoke: (invocation: Invocation) => void): void {
  command
    .description(
      "a day's records for ESR beside the binlog and the files in S3; exit code 11 until nothing is left open",
    )
    .option('--date <day>', "the day, such as 2026-03-22, in the environment's time zone")
    .option('--csv <file>', 'all exceptions as CSV into a new file; - for standard output')
    .option('--force', 'with --csv: overwrite the file')
    .addHelpText(
      'after',
      `
Reading only. Which tables, columns and files are compared stands in the configuration's reconcile section.

Examples:
  $ esr-ops reconcile --date 2026-03-22 --env prod
      counts by table and Local Office, and the first exceptions
  $ esr-ops reconcile --date 2026-03-22 --env prod --csv exceptions.csv
      all of them, for a spreadsheet
  $ esr-ops reconcile sign-off --date 2026-03-22 --by "A. Person" --reason "resent by hand" --env prod
      they stay, and a person says why`,
    )
    .action((options: Record<string, unknown>) =>
      invoke({
        is: 'reconcile',
        date: textOr(options['date']),
        csv: textOr(options['csv']),
        force: options['force'] === true,
      }),
    );
}

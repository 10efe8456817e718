import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { textOr } from './option-values.ts';

/** `s3 …`: the files that go to ESR. */
export function addS3Commands(program: Command, invoke: (invocation: Invocation) => void): void {
  const s3 = program.command('s3').description('the files that go to ESR: what is there, and what is missing');
  s3.command('check')
    .description(
      'the files of a date: count, names, sizes, sequence; reading only; exit code 11 when something is wrong',
    )
    .option('--date <date>', 'their business date: 2026-03-22, today or yesterday')
    .option('--load-type <name>', 'only those of this load type (default: all that are configured)')
    .option('--csv', 'one line a file, for a spreadsheet')
    .addHelpText(
      'after',
      `
Examples:
  $ esr-ops s3 check --date today
      whether every Local Office has its file, and the sequence has no gap
  $ esr-ops s3 check --date 2026-03-22 --load-type applicant-export --csv > files.csv
      the same for one load type, as a table`,
    )
    .action((options: Record<string, unknown>) =>
      invoke({
        is: 's3.check',
        date: textOr(options['date']),
        loadType: textOr(options['loadType']),
        csv: options['csv'] === true,
      }),
    );
}

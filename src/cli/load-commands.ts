import type { Command } from 'commander';
import { commandAt } from './command-at.ts';
import type { Invocation } from './invocation.ts';
import { textOr } from './option-values.ts';

/** `schedule`, `explain` and what can be read of ETL runs. */
export function addLoadCommands(program: Command, invoke: (invocation: Invocation) => void): void {
  program
    .command('schedule')
    .description('last and next run of each load type, what should be running, time left to each deadline')
    .option('--at <time>', 'at this time instead of now')
    .option('--since <time>', 'also each run since then, and which later one makes it good if it was missed')
    .addHelpText(
      'after',
      examples(
        ['esr-ops schedule', 'the day as it stands'],
        ['esr-ops schedule --since "2019-10-16T02:00 Europe/London"', 'what an outage since then has cost'],
        ['esr-ops schedule --at "2019-10-16T17:22 Europe/London" --output json', 'another moment, for a script'],
      ),
    )
    .action((options: Record<string, unknown>) =>
      invoke({ is: 'schedule', at: textOr(options['at']), since: textOr(options['since']) }),
    );
  program
    .command('explain <name>')
    .description('what a component or a load type is, and what it is not; takes aliases')
    .addHelpText(
      'after',
      examples(
        ['esr-ops explain esr-etl', 'what it is, what it is taken for, how it is controlled, who owns it'],
        ['esr-ops explain notifications-daily-load', 'which job that is, when it runs, who waits for it'],
      ),
    )
    .action((name: string) => invoke({ is: 'explain', name }));
  commandAt(program, 'etl list')
    .description('load types: which job is which')
    .addHelpText('after', examples(['esr-ops etl list', 'names, meanings and schedules']))
    .action(() => invoke({ is: 'etl.list' }));
  commandAt(program, 'etl status')
    .description(
      'what ran, what it left by Local Office, and how long there is; exit code 11 when something is missing',
    )
    .option('--load-type <name>', 'only this one')
    .option('--date <date>', "for this date (default: that of each one's last run)")
    .addHelpText(
      'after',
      examples(
        ['esr-ops etl status', 'each load type for the date of its last run'],
        ['esr-ops etl status --load-type notifications-daily-load --date 2019-10-16', 'one of them for one date'],
      ),
    )
    .action((options: Record<string, unknown>) =>
      invoke({ is: 'etl.status', loadType: textOr(options['loadType']), date: textOr(options['date']) }),
    );
  commandAt(program, 'etl explain')
    .description('one load type: how it is run, what it writes, its deadline, what a rerun does')
    .argument('<load-type>', 'its name or an alias')
    .addHelpText('after', examples(['esr-ops etl explain notifications-daily-load', 'all that is configured of it']))
    .action((name: string) => invoke({ is: 'etl.explain', name }));
}

function examples(...pairs: readonly (readonly [string, string])[]): string {
  return `\nExamples:\n${pairs.map(([run, does]) => `  $ ${run}\n      ${does}`).join('\n')}`;
}

import type { Command } from 'commander';
import { commandAt } from './command-at.ts';
import { textOr } from './option-values.ts';
import type { Invocation } from './invocation.ts';

/** `maxwell locate`, `preview` and `status`: reading only. */
export function addMaxwellCommands(program: Command, invoke: (invocation: Invocation) => void): void {
  const examples = (...pairs: readonly (readonly [string, string])[]): string =>
    `\nExamples:\n${pairs.map(([run, does]) => `  $ ${run}\n      ${does}`).join('\n')}`;
  commandAt(program, 'maxwell locate')
    .description('a time as a position of the binlog, proven or with a margin; reading only')
    .option('--at <time>', 'the time: nothing that was committed at it or later may be missed')
    .option('--gtid <set>', 'a GTID set instead: where the first transaction begins that is not in it')
    .addHelpText(
      'after',
      examples(
        ['esr-ops maxwell locate --at 2026-03-22T06:25:00Z', 'where Maxwell would start to replay from then on'],
        ['esr-ops maxwell locate --at "2026-03-22T06:25 Europe/London" --output json', 'the same for a script'],
      ),
    )
    .action((options: Record<string, unknown>) =>
      invoke({ is: 'maxwell.locate', at: textOr(options['at']), gtid: textOr(options['gtid']) }),
    );
  commandAt(program, 'maxwell preview')
    .description('what a replay would send, by table and time, and how much of it twice; reading only')
    .option('--from <time|file:pos|gtids>', 'where it would begin')
    .option('--until <time>', 'where counting ends (default: the end of the log)')
    .addHelpText(
      'after',
      examples(
        ['esr-ops maxwell preview --from "90m ago"', 'a replay of the last hour and a half'],
        ['esr-ops maxwell preview --from mysql-bin.000042:1234 --until 2026-03-22T07:36:00Z', 'a part of the log'],
      ),
    )
    .action((options: Record<string, unknown>) =>
      invoke({ is: 'maxwell.preview', from: textOr(options['from']), until: textOr(options['until']) }),
    );
  commandAt(program, 'maxwell status')
    .description(
      'whether Maxwell runs, how far behind it is, and where it publishes; exit code 11 when something is wrong',
    )
    .addHelpText('after', examples(['esr-ops maxwell status', 'alive or quiet, lag, position, log, connections']))
    .action(() => invoke({ is: 'maxwell.status' }));
}

import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';

/** `notify …`: the webhooks that are told of a run. */
export function addNotifyCommands(program: Command, invoke: (invocation: Invocation) => void): void {
  const notify = program.command('notify').description('the channels that are told of a recovery');
  for (const [verb, help, example] of [
    ['test', 'send a test to every channel; exit code 9 when one did not take it', 'before it matters'],
    ['flush', 'send what could not be sent; exit code 9 when something is left', 'when the network is back'],
    ['status', 'what waits to be sent, and why; sends nothing; exit code 11 when something waits', 'is anything left?'],
  ] as const)
    notify
      .command(verb)
      .description(help)
      .addHelpText('after', `\nExamples:\n  $ esr-ops notify ${verb} --env prod\n      ${example}`)
      .action(() => invoke({ is: 'notify', verb }));
}

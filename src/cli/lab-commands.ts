import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { wholeNumber } from './option-values.ts';

/** `lab` and `rehearse`: private servers on this machine. */
export function addLabCommands(program: Command, invoke: (invocation: Invocation) => void): void {
  const lab = program.command('lab').description('private real servers on this machine, to learn and to test on');
  const named = (command: Command) => command.option('--name <name>', 'name of the lab', 'default');
  const nothing = { is: 'lab', fault: null, cdc: false, docker: false, etl: false, action: null, lines: null } as const;
  for (const [verb, help] of [
    ['up', 'start a lab'],
    ['down', 'end it, to the last process and file'],
    ['status', 'what runs where'],
    ['heal', 'undo a fault'],
  ] as const) {
    const command = named(lab.command(verb).description(help));
    if (verb === 'up') {
      command
        .option('--cdc', 'with Maxwell, or its stand-in, and a writer of rows')
        .option('--docker', 'with a Docker engine of its own, and ESR and ESR-ETL in containers (root only)')
        .option('--etl', 'with load types that etl run can run, and an S3 server for their files');
    }
    command.action(({ name, ...with_ }: { name: string; cdc?: boolean; docker?: boolean; etl?: boolean }) =>
      invoke({
        ...nothing,
        verb,
        name,
        cdc: with_.cdc === true,
        docker: with_.docker === true,
        etl: with_.etl === true,
      }),
    );
  }
  named(
    lab
      .command('break <fault...>')
      .description('break it for real, in several ways if wanted (a wrong name lists them)'),
  ).action((faults: readonly string[], { name }: { name: string }) =>
    invoke({ ...nothing, verb: 'break', name, fault: faults.join(' ') }),
  );
  named(lab.command('cdc <action> [lines]', { hidden: true })).action(
    (action: string, lines: string | undefined, { name }: { name: string }) => {
      const wanted = lines === undefined ? null : wholeNumber(lines);
      invoke({ ...nothing, verb: 'cdc', name, action, lines: wanted });
    },
  );
  for (const verb of ['reboot-broker', 'restart-docker'] as const)
    named(lab.command(verb, { hidden: true })).action(({ name }: { name: string }) =>
      invoke({ ...nothing, verb, name }),
    );
  program
    .command('rehearse [scenario]')
    .description('lab up, load, break, recover, and the truth; without a scenario: list them')
    .option('--fault <fault>', 'which fault (default: vhost-down)')
    .option('--auto', 'unattended, with consent')
    .action((scenario: string | undefined, options: { fault?: string; auto: boolean }) =>
      invoke({ is: 'rehearse', scenario: scenario ?? null, fault: options.fault ?? null, auto: options.auto }),
    );
}

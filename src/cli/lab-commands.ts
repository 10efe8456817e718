import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { wholeNumber } from './option-values.ts';

/** `lab` and `rehearse`: private servers on this machine. */
export function addLabCommands(program: Command, invoke: (invocation: Invocation) => void): void {
  const lab = program.command('lab').description('private real servers on this machine, to learn and to test on');
  const named = (command: Command) => command.option('--name <name>', 'name of the lab', 'default');
  for (const [verb, help] of [
    ['up', 'start a lab'],
    ['down', 'end it, to the last process and file'],
    ['status', 'what runs where'],
    ['heal', 'undo a fault'],
  ] as const) {
    const command = named(lab.command(verb).description(help));
    if (verb === 'up') command.option('--cdc', 'with Maxwell, or its stand-in, and a writer of rows');
    command.action((options: { name: string; cdc?: boolean }) =>
      invoke({
        is: 'lab',
        verb,
        name: options.name,
        fault: null,
        cdc: options.cdc === true,
        action: null,
        lines: null,
      }),
    );
  }
  named(lab.command('break <fault>').description('break it for real (a wrong name lists the faults)')).action(
    (fault: string, options: { name: string }) =>
      invoke({ is: 'lab', verb: 'break', name: options.name, fault, cdc: false, action: null, lines: null }),
  );
  named(lab.command('cdc <action> [lines]', { hidden: true })).action(
    (action: string, lines: string | undefined, options: { name: string }) => {
      const wanted = lines === undefined ? null : wholeNumber(lines);
      invoke({ is: 'lab', verb: 'cdc', name: options.name, fault: null, cdc: false, action, lines: wanted });
    },
  );
  named(lab.command('reboot-broker', { hidden: true })).action((options: { name: string }) =>
    invoke({
      is: 'lab',
      verb: 'reboot-broker',
      name: options.name,
      fault: null,
      cdc: false,
      action: null,
      lines: null,
    }),
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

import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { collect, textOr, wholeNumber } from './option-values.ts';

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
  addRehearseCommand(program, invoke);
}

function addRehearseCommand(program: Command, invoke: (invocation: Invocation) => void): void {
  const rehearse = program
    .command('rehearse [scenario]')
    .description(
      'real servers, real faults, an alert, the way back, the truth and a debrief; without a scenario: list them',
    )
    .option('--fault <fault>', 'break this instead of what the scenario breaks')
    .option('--auto', 'unattended, with consent; without it, the recovery is yours, in a shell of your own')
    .option('--name <name>', 'name of the lab (default: `default`, environment lab; with --auto one of its own)')
    .option('--incident <id>', 'label of the runs (default: one that is made up)')
    .option('--report <file>', 'keep the post-mortem in a file')
    .option('--without <part>', 'do without docker, or maxwell (a stand-in takes its place) (repeatable)', collect)
    .addHelpText(
      'after',
      `
Examples:
  $ esr-ops rehearse
      what can be rehearsed
  $ esr-ops rehearse incident --auto
      from the alert to the report, in one command
  $ esr-ops rehearse vhost
      waits while you recover environment lab from another shell
  $ esr-ops rehearse hint
      from that other shell: one hint more each time; \`esr-ops rehearse end\` when it is enough`,
    )
    .action((scenario: string | undefined, options: Record<string, unknown>) =>
      invoke({
        is: 'rehearse',
        scenario: scenario ?? null,
        options: {
          fault: textOr(options['fault']),
          auto: options['auto'] === true,
          name: textOr(options['name']),
          incident: textOr(options['incident']),
          report: textOr(options['report']),
          without: (options['without'] as readonly string[] | undefined) ?? [],
        },
      }),
    );
  for (const [verb, does] of [
    ['hint', 'one hint more, from another shell, while a rehearsal waits'],
    ['end', 'that is enough: end the rehearsal that waits, with its debrief'],
  ] as const)
    rehearse
      .command(verb)
      .description(does)
      .action((_: unknown, command: Command) =>
        invoke({ is: 'rehearse.aside', verb, name: textOr(command.optsWithGlobals()['name']) ?? 'default' }),
      );
}

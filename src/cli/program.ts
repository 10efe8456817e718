import { Command, Option } from 'commander';
import type { Runbook, RunbookInput } from '../core/runbook.ts';
import { attributeOf } from './inputs.ts';
import { helpTopics } from './help-topics.ts';
import { commandAt } from './command-at.ts';
import { addLabCommands } from './lab-commands.ts';
import { addLoadCommands } from './load-commands.ts';
import { addReconcileCommand } from './reconcile-command.ts';
import { addReportCommand } from './report-command.ts';
import { addLookingCommands } from './looking-commands.ts';
import { addNotifyCommands } from './notify-commands.ts';
import { addS3Commands } from './s3-commands.ts';
import { collect, wholeNumber, globalOptions, readRunOptions, messagesOptions, wordsOr } from './option-values.ts';
import type { GlobalOptions, Invocation } from './invocation.ts';
import { addMaxwellCommands } from './maxwell-commands.ts';

/** Where help is written, and what becomes of the parsed command line. */
export interface ProgramPorts {
  readonly version: string;
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  readonly invoke: (invocation: Invocation, global: GlobalOptions) => void;
}

/**
 * The tree of commands. Commands of runbooks are made from their front matter: a new file is a new command.
 * Parsing has no effects; it calls `invoke` with data.
 */
export function createProgram(runbooks: readonly Runbook[], ports: ProgramPorts): Command {
  const program = new Command('esr-ops')
    .description('Guided, confirmable recovery of the ESR interface: evidence before destruction, proof afterwards.')
    .version(ports.version)
    .option('-c, --config <file>', 'configuration file (default: $ESR_OPS_CONFIG, then ~/.config/esr-ops/config.yaml)')
    .option('-e, --env <name>', 'environment of the configuration (lab: the servers of `esr-ops lab up`)')
    .option('--state-dir <dir>', 'where journals and captures are kept (default: ~/.local/state/esr-ops)')
    .addOption(
      new Option('--output <form>', 'text, or JSON lines for scripts').choices(['text', 'json']).default('text'),
    )
    .option('--no-color', 'no colours (NO_COLOR and TERM=dumb are honoured, too)')
    .option('--no-input', 'never ask: what is not agreed to by flags is refused')
    .option('--runbooks <dir>', 'more runbooks (repeatable)', collect)
    .configureOutput({ writeOut: ports.writeOut, writeErr: () => undefined })
    .showSuggestionAfterError(true)
    .exitOverride()
    .addHelpText('after', mainHelp);
  const invoke = (invocation: Invocation) => ports.invoke(invocation, globalOptions(program.opts()));
  for (const runbook of runbooks) addRunbook(program, runbook, invoke);
  addLookingCommands(program, invoke);
  addEngineCommands(program, invoke);
  addReadingCommands(program, invoke);
  addReportCommand(program, invoke);
  addReconcileCommand(commandAt(program, 'reconcile'), invoke);
  addLabCommands(program, invoke);
  inheritSettings(program);
  return program;
}

const mainHelp = `
Start here:
  $ esr-ops diagnose                   what is wrong, what it means, and the one next command
  $ esr-ops recover vhost --dry-run    read everything, change nothing
  $ esr-ops rehearse vhost             learn it on real servers that are really broken
  $ esr-ops help consent               how a script agrees to what is destructive

Help topics: ${helpTopics.map((topic) => topic.name).join(', ')} (esr-ops help <topic>)`;

function addRunbook(program: Command, runbook: Runbook, invoke: (invocation: Invocation) => void): void {
  const command = commandAt(program, runbook.command).description(runbook.summary);
  for (const input of runbook.inputs.filter((candidate) => !candidate.argument)) command.addOption(inputOption(input));
  runOptions(command);
  const examples = runbook.examples.map(({ run, does }) => `  $ ${run}\n      ${does}`).join('\n');
  command.addHelpText(
    'after',
    `\n${runbook.intro}\n\nSteps:\n${stepHelp(runbook)}${examples === '' ? '' : `\n\nExamples:\n${examples}`}`,
  );
  const words = runbook.inputs.filter((input) => input.argument);
  for (const input of words) command.argument(input.required ? `<${input.name}>` : `[${input.name}]`, input.help);
  command.action((...given: unknown[]) => {
    const options = given[words.length] as Record<string, unknown>;
    const named = Object.fromEntries(words.map((input, index) => [attributeOf(input.name), given[index]]));
    // An option that the command above has, too, is given to that one wherever it stands: `reconcile sign-off --date`.
    const raw = { ...command.optsWithGlobals(), ...named };
    invoke({ is: 'run', runbook, raw, options: readRunOptions(options) });
  });
}

function stepHelp(runbook: Runbook): string {
  return runbook.steps
    .map((step, index) => `  ${String(index + 1).padStart(2)}. ${step.id.padEnd(16)} ${step.title}`)
    .join('\n');
}

function inputOption(input: RunbookInput): Option {
  const fixed = input.default === null ? '' : ` (default: ${String(input.default)})`;
  const shown = fixed.includes('${env.') ? ' (default: from the configuration)' : fixed;
  if (input.type === 'flag') return new Option(`--${input.name}`, input.help);
  if (input.type === 'strings') return new Option(`--${input.name} <${input.name}>`, input.help).argParser(collect);
  const value = input.type === 'instant' ? 'time' : input.type === 'place' ? 'time|file:pos' : 'value';
  return new Option(`--${input.name} <${value}>`, `${input.help}${shown}`);
}

function runOptions(command: Command): void {
  command
    .option('-n, --dry-run', 'read everything, change nothing, say what would happen')
    .option('--out <file>', 'keep the plan in a file for `esr-ops apply` (with --dry-run)')
    .option('--detailed-exitcode', 'with --dry-run: exit 10 when there are changes');
  agreeOptions(command);
}

function agreeOptions(command: Command): void {
  command
    .option('-y, --yes', 'agree to routine and disruptive steps (never to destructive ones)')
    .option('--confirm <token>', 'agree to one destructive effect by name, e.g. recreate:esr (repeatable)', collect)
    .option('--did <step=text>', 'what was done and seen at a manual step (repeatable)', collect)
    .option('--reason <text>', 'why; protected environments want it')
    .option('--incident <id>', 'label of the incident that this belongs to, for `esr-ops report --incident`')
    .option('--no-fleet-lock', 'go on although the lock on the database cannot be had (with --reason)');
}

function addEngineCommands(program: Command, invoke: (invocation: Invocation) => void): void {
  const apply = program.command('apply <plan>').description('carry out exactly the plan of a file, once');
  agreeOptions(apply);
  apply.action((file: string, options: Record<string, unknown>) =>
    invoke({ is: 'apply', file, options: readRunOptions(options) }),
  );
  const resume = program
    .command('resume [run]')
    .description('go on with an interrupted run from its journal (default: the newest open one)');
  agreeOptions(resume);
  resume.action((run: string | undefined, options: Record<string, unknown>) =>
    invoke({ is: 'resume', run: run ?? null, options: readRunOptions(options) }),
  );
  const runs = program.command('runs').description('runs on this host: their journals, and what is still open');
  runs
    .command('list')
    .description('newest first')
    .action(() => invoke({ is: 'runs.list' }));
  runs
    .command('show <run>')
    .description('everything that a run did, with evidence')
    .action((run: string) => invoke({ is: 'runs.show', run }));
  runs
    .command('ack <run>')
    .description('take responsibility for how a run stands, so that a new one may start')
    .option('--reason <text>', 'why that is right')
    .action((run: string, options: { reason?: string }) =>
      invoke({ is: 'runs.ack', run, reason: wordsOr(options.reason) }),
    );
  runs
    .command('note <run> <text>')
    .description('add a remark to a run')
    .action((run: string, text: string) => invoke({ is: 'runs.note', run, text }));
  runs
    .command('purge')
    .description('remove old, settled runs')
    .option('--keep <n>', 'always keep this many', wholeNumber, 20)
    .option('--older-than <days>', 'only what is older', wholeNumber, 90)
    .option('-y, --yes', 'agree to it')
    .action((options: { keep: number; olderThan: number; yes: boolean }) =>
      invoke({ is: 'runs.purge', keep: options.keep, olderThanDays: options.olderThan, yes: options.yes }),
    );
}

function addReadingCommands(program: Command, invoke: (invocation: Invocation) => void): void {
  const runbook = program.command('runbook').description('the runbooks: what each command does, in prose and as data');
  runbook
    .command('list')
    .description('all runbooks')
    .action(() => invoke({ is: 'runbook.list' }));
  runbook
    .command('show <command...>')
    .description('one runbook, e.g. `runbook show recover vhost`')
    .addOption(
      new Option('--as <form>', 'text, or a checklist to use by hand').choices(['text', 'checklist']).default('text'),
    )
    .action((words: string[], options: { as: 'text' | 'checklist' }) =>
      invoke({ is: 'runbook.show', command: words.join(' '), as: options.as }),
    );
  runbook
    .command('lint [paths...]')
    .description('check runbook files or folders (default: the built-in ones)')
    .action((paths: string[]) => invoke({ is: 'runbook.lint', paths }));
  commandAt(program, 'vhost captures')
    .description('captures of a vhost on this host, and which of them it can be recreated from')
    .option('--vhost <vhost>', "the vhost (default: the environment's)")
    .action(({ vhost }: { vhost?: string }) => invoke({ is: 'vhost.captures', vhost: wordsOr(vhost) }));
  commandAt(program, 'vhost drains')
    .description('drains on this host: what was taken from which queues')
    .action(() => invoke({ is: 'vhost.drains' }));
  commandAt(program, 'vhost messages')
    .description('messages of a drain: list, count, search, export; reading only')
    .argument('<drain>', 'the drain, as `esr-ops vhost drains` lists it')
    .option('--queue <queue>', 'only of this queue')
    .option('--message-id <id>', 'only with this message id')
    .option('--header <name=value>', 'only with this header')
    .option('--body </pointer=value>', 'only where the JSON body has this value at the JSON pointer')
    .option('--count', 'count them by queue')
    .option('--jsonl', 'all of them as JSON lines, to export')
    .option('--limit <n>', 'list so many', wholeNumber, 20)
    .option('--show-bodies', 'show bodies and headers, which may be personal data; masked otherwise')
    .action((drain: string, options: Record<string, unknown>) =>
      invoke({ is: 'vhost.messages', drain, options: messagesOptions(options) }),
    );
  addMaxwellCommands(program, invoke);
  addLoadCommands(program, invoke);
  addS3Commands(program, invoke);
  addNotifyCommands(program, invoke);
  const config = program.command('config').description('the configuration');
  config
    .command('show')
    .description('as it was understood, secrets masked')
    .action(() => invoke({ is: 'config.show' }));
  config
    .command('check')
    .description('validate it and try each connection, reading only')
    .action(() => invoke({ is: 'config.check' }));
  config
    .command('schema')
    .description('JSON Schema of the file, for editors')
    .action(() => invoke({ is: 'config.schema' }));
  config
    .command('example')
    .description('a complete, commented example to start from')
    .action(() => invoke({ is: 'config.example' }));
  program
    .command('completion <shell>')
    .description('completion script for bash, zsh or fish')
    .action((shell: string) => invoke({ is: 'completion', shell }));
}

/** Subcommands do not inherit these settings by themselves. */
function inheritSettings(parent: Command): void {
  for (const child of parent.commands) {
    child.copyInheritedSettings(parent);
    inheritSettings(child);
  }
}

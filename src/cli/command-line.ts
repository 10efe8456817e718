import { CommanderError, type Command } from 'commander';
import { didYouMean } from '../core/closest.ts';
import { Fault } from '../core/fault.ts';
import type { Runbook } from '../core/runbook.ts';
import { helpTopics } from './help-topics.ts';
import type { CommandLine, GlobalOptions, Invocation } from './invocation.ts';
import { createProgram } from './program.ts';

/** What a command line came to: something to do, or help that was already written. */
export type Parsed = { readonly is: 'command'; readonly line: CommandLine } | { readonly is: 'shown' };

/** Parses a command line. Usage faults are thrown as a Fault (exit usage) with a suggestion. */
export function parseCommandLine(
  argv: readonly string[],
  runbooks: readonly Runbook[],
  ports: { readonly version: string; readonly writeOut: (text: string) => void },
): Parsed {
  const parsed: CommandLine[] = [];
  const program = createProgram(runbooks, {
    ...ports,
    writeErr: () => undefined,
    invoke: (invocation: Invocation, global: GlobalOptions) => {
      parsed.push({ invocation, global });
    },
  });
  const words = argv.filter((word) => !word.startsWith('-'));
  if (argv.length === 0) return show(program, ports);
  if (words[0] === 'help') return help(program, words.slice(1), argv, ports);
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { is: 'shown' };
    if (error.code === 'commander.help') return { is: 'shown' };
    throw usageFault(error, program, words);
  }
  const [found] = parsed;
  return found === undefined ? { is: 'shown' } : { is: 'command', line: found };
}

function show(command: Command, ports: { readonly writeOut: (text: string) => void }): Parsed {
  ports.writeOut(command.helpInformation());
  command.outputHelp();
  return { is: 'shown' };
}

function help(
  program: Command,
  words: readonly string[],
  argv: readonly string[],
  ports: { readonly writeOut: (text: string) => void },
): Parsed {
  const [topic] = words;
  if (topic === undefined) return show(program, ports);
  if (helpTopics.some((known) => known.name === topic)) {
    return { is: 'command', line: { invocation: { is: 'help', topic }, global: globalsOf(argv) } };
  }
  const command = words.reduce<Command | undefined>(
    (at, word) => at?.commands.find((child) => child.name() === word),
    program,
  );
  if (command === undefined) {
    const known = [...helpTopics.map((item) => item.name), ...program.commands.map((child) => child.name())];
    throw new Fault({
      code: 'usage',
      message: `There is no command or help topic ${JSON.stringify(words.join(' '))}.${didYouMean(words.join(' '), known)}`,
      where: 'help',
      exit: 'usage',
      next: [`topics: ${helpTopics.map((item) => item.name).join(', ')}`, 'esr-ops --help'],
    });
  }
  command.outputHelp();
  return { is: 'shown' };
}

/** The global options that matter before the command line is parsed, or where it can't be. */
export function globalsOf(argv: readonly string[]): GlobalOptions {
  return {
    config: valueOf(argv, '--config', '-c'),
    env: valueOf(argv, '--env', '-e'),
    stateDir: valueOf(argv, '--state-dir'),
    output: valueOf(argv, '--output') === 'json' ? 'json' : 'text',
    color: !argv.includes('--no-color'),
    input: !argv.includes('--no-input'),
    runbooks: argv.flatMap((word, index) => {
      if (word === '--runbooks') return argv[index + 1] ?? [];
      return word.startsWith('--runbooks=') ? word.slice('--runbooks='.length) : [];
    }),
  };
}

function valueOf(argv: readonly string[], ...names: readonly string[]): string | null {
  for (const [index, word] of argv.entries()) {
    if (names.includes(word)) return argv[index + 1] ?? null;
    const long = names.find((name) => name.startsWith('--') && word.startsWith(`${name}=`));
    if (long !== undefined) return word.slice(long.length + 1);
  }
  return null;
}

function usageFault(error: CommanderError, program: Command, words: readonly string[]): Fault {
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  const unknown = /^unknown command '(.*?)'/.exec(message)?.[1];
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, '')}.`;
  // What stands after an unknown word says nothing of where the fault is.
  const before = unknown === undefined ? words : words.slice(0, words.indexOf(unknown));
  const command = before.reduce<Command>(
    (at, word) => at.commands.find((child) => child.name() === word) ?? at,
    program,
  );
  const path = pathOf(command);
  return new Fault({
    code: error.code.replace('commander.', 'usage.'),
    message: [sentence, ...suggestion].join(' ').trim(),
    where: path,
    exit: 'usage',
    next: [`${path} --help`],
  });
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

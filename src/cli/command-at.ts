import type { Command } from 'commander';

/** The command of the given words, with its groups made where they are missing. */
export function commandAt(program: Command, words: string): Command {
  return words
    .split(' ')
    .reduce(
      (parent, word) =>
        parent.commands.find((child) => child.name() === word) ??
        parent.command(word).description(groupHelp[word] ?? ''),
      program,
    );
}

const groupHelp: Readonly<Record<string, string>> = {
  recover: 'guided recoveries: the single steps in the right order',
  vhost: 'single steps on a RabbitMQ virtual host',
  broker: 'single steps on the whole broker',
  dlq: 'dead letters: park them, send them back',
  cdc: 'single steps on change data capture',
  docker: "a host's Docker daemon",
  esr: 'components of the interface, one by one',
  etl: 'ETL runs by load type: which job is which, run one, see what it left',
  maxwell: 'the position of change data capture: find it, preview a replay, set it back',
};

import type { Command } from 'commander';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { didYouMean } from '../../core/closest.ts';
import type { Composition } from '../composition.ts';
import { helpTopics } from '../help-topics.ts';
import { createProgram } from '../program.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** One place in the tree of commands: the words so far, and what may follow. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
}

/** `completion SHELL`: a script made from the tree of commands alone; pressing Tab never calls this program or a server. */
export async function showCompletion(composition: Composition, shell: string): Promise<ExitName> {
  const known = shells.find((name) => name === shell);
  if (known === undefined) {
    throw new Fault({
      code: 'usage',
      message: `There is no completion for ${JSON.stringify(shell)}.${didYouMean(shell, shells)}`,
      where: 'completion',
      exit: 'usage',
      next: shells.map((name) => `esr-ops completion ${name}`),
    });
  }
  const program = createProgram(await composition.runbooks(), {
    version: composition.version,
    writeOut: () => undefined,
    writeErr: () => undefined,
    invoke: () => undefined,
  });
  const tree = placesOf(program, '', program.options.flatMap(longs));
  const commands = program.commands.map((child) => child.name());
  const [top, ...below] = tree;
  const places = [
    ...(top === undefined ? [] : [{ ...top, words: ['help', ...top.words] }]),
    { path: 'help', words: [...helpTopics.map(({ name }) => name), ...commands] },
    ...below.map((place) => (place.path === 'completion' ? { ...place, words: [...shells, ...place.words] } : place)),
  ];
  const script =
    known === 'fish'
      ? fishScript(places)
      : `${known === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}${bashScript(places)}`;
  composition.host.result({ code: 'help.topic', payload: { topic: '', body: script } });
  return 'done';
}

function placesOf(command: Command, path: string, inherited: readonly string[]): readonly Place[] {
  const visible = command.commands.filter((child) => !(child as Command & { _hidden?: boolean })._hidden);
  const words = [...visible.map((child) => child.name()), ...command.options.flatMap(longs), ...inherited];
  return [
    { path, words: [...new Set(words)] },
    ...visible.flatMap((child) => placesOf(child, `${path} ${child.name()}`.trim(), inherited)),
  ];
}

function longs(option: { readonly long?: string | null | undefined }): readonly string[] {
  return option.long == null ? [] : [option.long];
}

function bashScript(places: readonly Place[]): string {
  const cases = places.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`).join('\n');
  const paths = places
    .map(({ path }) => path)
    .filter((path) => path !== '')
    .map((path) => `'${path}'`)
    .join('|');
  return `# esr-ops completion: from the tree of commands alone
_esr_ops() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _esr_ops esr-ops
`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words }) => {
    const children = words.filter((word) => !word.startsWith('--'));
    const seen =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join('; and ');
    const none =
      children.length === 0 || path === '' ? '' : `; and not __fish_seen_subcommand_from ${children.join(' ')}`;
    const commands =
      children.length === 0 ? [] : [`complete -c esr-ops -f -n '${seen}${none}' -a '${children.join(' ')}'`];
    return [
      ...commands,
      ...words
        .filter((word) => word.startsWith('--'))
        .map((flag) => `complete -c esr-ops -n '${path === '' ? 'true' : seen}' -l '${flag.slice(2)}'`),
    ];
  });
  return `# esr-ops completion: from the tree of commands alone\n${[...new Set(lines)].join('\n')}\n`;
}

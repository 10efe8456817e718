import type { Argv } from '../../core/host-machine.ts';
import { Fault } from '../../core/fault.ts';

/** Sub-commands that only look, of programs that can also change things. */
const reading: Readonly<Record<string, readonly string[]>> = {
  docker: ['ps', 'inspect', 'logs', 'version', 'info', 'events', 'images', 'stats', 'top', 'port', 'diff'],
  systemctl: ['show', 'status', 'is-active', 'is-enabled', 'is-failed', 'list-units', 'cat'],
};

/** Options of docker, before its sub-command, that take a value of their own. */
const valued = ['-H', '--host', '-c', '--context', '--config', '-l', '--log-level'];

/**
 * Refuses a command that was called a read although its program is known and its sub-command is not known to only
 * look. The caller's word counts for every other program.
 */
export function refuseKnownChanges(argv: Argv): void {
  const program = argv[0].slice(argv[0].lastIndexOf('/') + 1);
  const allowed = Object.hasOwn(reading, program) ? reading[program] : undefined;
  if (allowed === undefined) return;
  const sub = subCommand(argv.slice(1));
  if (sub !== undefined && allowed.includes(sub)) return;
  throw new Fault({
    code: 'host.not-a-read',
    message: `${program} ${sub ?? ''} was to be run as a command that changes nothing, which it is not known to be.`,
    details: { sent: false },
    exit: 'failed',
  });
}

function subCommand(words: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (valued.includes(word)) at += 1;
    else if (!word.startsWith('-')) return word;
  }
  return undefined;
}

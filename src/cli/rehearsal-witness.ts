import { isToActOn } from '../core/finding.ts';
import type { ExitName } from '../core/exit-codes.ts';
import type { Host } from '../core/host.ts';
import type { Message } from '../core/messages.ts';
import type { RehearsedCommand } from '../core/rehearsal.ts';
import type { Invocation } from './invocation.ts';
import { watchedHost } from './watched-host.ts';

/** What a command said, as far as a rehearsal is about it. */
export interface RehearsalWitness {
  /** Says and asks as before. */
  readonly host: Host;
  /** The record of the command; null: it is none against an environment. */
  record(ended: ExitName | 'stopped', atMs: number): RehearsedCommand | null;
}

/** Watches what a command says, for a rehearsal that may be under way in the environment that it is about. */
export function rehearsalWitness(host: Host, invocation: Invocation, beganMs: number): RehearsalWitness {
  let run: string | null = null;
  let saw: RehearsedCommand['saw'] = null;
  const problems: string[] = [];
  const see = (message: Message): void => {
    switch (message.code) {
      case 'run.started':
        run = message.payload.run;
        break;
      case 'run.ended':
        problems.push(...message.payload.problems.map(({ code }) => code));
        break;
      case 'problem':
        problems.push(message.payload.problem.code);
        break;
      case 'status.shown': {
        const found = message.payload.looks.flatMap((look) => look.findings).filter(isToActOn);
        const all = found.map(({ code }) => code);
        const causes = message.payload.roots.map(({ cause }) => cause).filter((cause) => all.includes(cause));
        saw = { causes, all };
        break;
      }
      case 'diagnosis.shown': {
        const { roots } = message.payload.diagnosis;
        saw = {
          causes: roots.map(({ cause }) => cause.code),
          all: roots.flatMap(({ cause, brings }) => [cause.code, ...brings.map(({ code }) => code)]),
        };
        break;
      }
      default:
    }
  };
  return {
    host: watchedHost(host, see),
    record: (ended, at) => {
      const command = commandOf(invocation);
      if (command === null || ended === 'stopped') return null;
      const dryRun = invocation.is === 'run' && invocation.options.dryRun;
      const looked = invocation.is === 'status' && invocation.options.only.length > 0 ? null : saw;
      return {
        event: 'command',
        at,
        beganMs,
        command,
        dryRun,
        exit: ended,
        run,
        saw: looked,
        problems: [...new Set(problems)],
      };
    },
  };
}

/** Words of a command that is about an environment; null of others. */
function commandOf(invocation: Invocation): string | null {
  switch (invocation.is) {
    case 'run':
      return invocation.runbook.command;
    case 'lab':
    case 'rehearse':
    case 'rehearse.aside':
    case 'help':
    case 'completion':
    case 'config.schema':
    case 'config.example':
    case 'runbook.list':
    case 'runbook.show':
    case 'runbook.lint':
      return null;
    case 'notify':
      return `notify ${invocation.verb}`;
    default:
      return invocation.is.replace('.', ' ');
  }
}

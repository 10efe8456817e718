import type { Change } from '../core/change.ts';
import type { JsonObject } from '../core/json.ts';
import type { ReportedRun } from './timeline.ts';

/** What the journals say of who and what was affected: changes that were made, with what they gave. No guesses. */
export function impactOf(runs: readonly ReportedRun[]): readonly string[] {
  return runs.flatMap((run) => {
    const made = madeIn(run);
    const found: string[] = [];
    for (const { change, output } of made) {
      const text = impactText(change, output);
      if (text !== null) found.push(text);
    }
    const fenced = made.filter(({ change }) => change.kind === 'permission.withdraw');
    const lifted = made.filter(({ change }) => change.kind === 'permission.grant');
    if (fenced.length > 0) {
      const users = [
        ...new Set(fenced.map(({ change }) => (change.kind === 'permission.withdraw' ? change.was.user : ''))),
      ];
      const last = lifted.at(-1)?.at;
      found.push(
        `${users.length === 1 ? 'One user was' : `${users.length} users were`} kept out of the vhost on purpose from ${fenced[0]?.at ?? ''}${last === undefined ? '; that they were let in again is not recorded' : ` to ${last}`}: ${users.join(', ')}.`,
      );
    }
    return found;
  });
}

interface Made {
  readonly change: Change;
  readonly output: JsonObject;
  readonly at: string;
}

/** Changes that the run made. One that a resume proved again was made once, and so was one that was looked for again. */
export function madeIn({ records }: ReportedRun): readonly Made[] {
  const approved = new Map<string, readonly Change[]>();
  const made: Made[] = [];
  /** Where in `made` the latest making of a change stands. */
  const places = new Map<string, number>();
  for (const { entry, at } of records) {
    if (entry.type === 'step.approved') approved.set(entry.step, entry.changes);
    if (entry.type === 'change.intended') places.delete(`${entry.step}/${entry.index}`);
    if (entry.type !== 'change.applied' && !(entry.type === 'change.settled' && entry.verdict === 'applied')) continue;
    const change = approved.get(entry.step)?.[entry.index];
    if (change === undefined) continue;
    const key = `${entry.step}/${entry.index}`;
    const place = places.get(key) ?? made.length;
    made[place] = { change, output: entry.output, at: made[place]?.at ?? at };
    places.set(key, place);
  }
  return made;
}

function impactText(change: Change, output: JsonObject): string | null {
  const count = (name: string): string => {
    const value = output[name];
    return typeof value === 'number' ? String(value) : 'a number that is not recorded of';
  };
  switch (change.kind) {
    case 'vhost.delete':
      return `Vhost ${change.vhost} was deleted with the messages that were still in it; what had been drained before is listed here, and what was in the store that could not be read is lost.`;
    case 'broker.reboot':
      return `The whole broker ${change.broker} was restarted: every vhost and every client on it was interrupted.`;
    case 'messages.drain':
      return `${count('messages')} messages were taken from vhost ${change.vhost} to disk (${change.drain}).`;
    case 'maxwell.reset': {
      const { twice } = change.expect;
      return `Changes of rows were replayed: between ${twice.atLeast} and ${twice.atMost} of them were expected to reach their consumers twice.`;
    }
    default:
      return null;
  }
}

/** What was done, for people who know none of the names. Each sentence once. */
export function plainWords(runs: readonly ReportedRun[]): readonly string[] {
  const kinds = new Set(runs.flatMap((run) => madeIn(run).map(({ change }) => change.kind)));
  const sentences: readonly (readonly [readonly Change['kind'][], string])[] = [
    [
      ['permission.withdraw', 'user.hold-off'],
      "The services that use ESR's message queues were held back while the queues were repaired.",
    ],
    [
      ['broker.reboot'],
      'The server that carries the messages was restarted, which interrupted everything on it for a while.',
    ],
    [
      ['vhost.delete'],
      "The part of the message server that ESR's services share was removed and built again from a copy that was taken and checked before.",
    ],
    [['messages.restore'], 'Messages that had been saved before were put back.'],
    [
      ['maxwell.reset'],
      'The feed of changes from the database was set back to before the failure and sent again, so that none is missed; some changes may arrive a second time.',
    ],
    [['permission.grant', 'user.release'], 'Then the services were let in again.'],
    [['cdc.start'], 'The feed of changes from the database was started again.'],
  ];
  return sentences.filter(([any]) => any.some((kind) => kinds.has(kind))).map(([, sentence]) => sentence);
}

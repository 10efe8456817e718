import type { MessagesRestore } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { interrupted } from './messages-drain.ts';
import type { Seen, World } from './world.ts';

/** The ledger knows what was confirmed, so that doing it again after a crash repeats a bounded number, which is said. */
export async function apply(change: MessagesRestore, world: World): Promise<Applied> {
  const { drain: ref, vhost, queues, to, skipReplayedFrom, into, unsent } = change;
  const id = ref.from === 'id' ? ref.id : world.outputs[ref.step]?.['id'];
  if (typeof id !== 'string')
    throw new Fault({ code: 'drain.none', message: 'There is no drain to restore from.', exit: 'failed' });
  const work = { progress: world.progress, signal: world.signal };
  const request = { vhost, queues, to, skipReplayedFrom, into, unsent, drain: id };
  const result = await world.writers.messages.restore(request, work);
  world.progress(null);
  if (result.interrupted)
    throw interrupted(`${result.restored + result.earlier} message(s) are confirmed; the rest is in drain ${id}.`);
  const twice = result.maybeTwice > 0 ? [`may be there twice: ${result.maybeTwice}`] : [];
  const { replayed, noPlace } = result.parked;
  const earlier =
    result.earlier > 0 ? [`${result.earlier} message(s) were confirmed before this session and not sent again`] : [];
  const parked = replayed > 0 ? [`${replayed} message(s) parked in drain ${id}: the replay sends them again`] : [];
  const elsewhere =
    result.parked.elsewhere > 0
      ? [`${result.parked.elsewhere} message(s) were sent by an earlier restore to another place and left out`]
      : [];
  const open = [
    ...(noPlace > 0
      ? [
          `${noPlace} message(s) do not say in which queue they died: they are in no queue now, only in drain ${id} (\`esr-ops vhost messages ${id}\`)`,
        ]
      : []),
    ...result.left.map(
      ({ queue, said, count }) =>
        `${count} message(s) of ${queue} were not taken by the broker (${said}); they stay in drain ${id}`,
    ),
  ];
  const evidence = [
    `${result.restored} message(s) confirmed by the broker`,
    ...earlier,
    ...parked,
    ...elsewhere,
    ...twice,
    ...open,
    ...result.remarks,
  ];
  return {
    evidence,
    output: {
      restored: result.restored + result.earlier,
      evidence,
      ...(open.length > 0 ? { unverified: open.join('; ') } : {}),
    },
  };
}

/** Confirms are the proof. Without them (a crash) the ledger decides what is sent when it is done again. */
export function verify(_change: MessagesRestore, _seen: Seen, output: JsonObject | null): Promise<Verified> {
  if (output === null) {
    return Promise.resolve({
      verdict: 'not-applied',
      evidence: ['the ledger says what was confirmed; the rest is sent'],
      output: {},
    });
  }
  const evidence = Array.isArray(output['evidence']) ? output['evidence'].map(String) : [];
  return Promise.resolve({ verdict: 'applied', evidence, output });
}

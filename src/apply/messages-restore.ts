import type { MessagesRestore } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { interrupted } from './messages-drain.ts';
import type { Seen, World } from './world.ts';

/** The ledger knows what was confirmed, so that doing it again after a crash repeats a bounded number, which is said. */
export async function apply(change: MessagesRestore, world: World): Promise<Applied> {
  const { drain: ref, vhost, queues, to, skipReplayedFrom, into } = change;
  const id = ref.from === 'id' ? ref.id : world.outputs[ref.step]?.['id'];
  if (typeof id !== 'string')
    throw new Fault({ code: 'drain.none', message: 'There is no drain to restore from.', exit: 'failed' });
  const work = { progress: world.progress, signal: world.signal };
  const result = await world.writers.messages.restore({ vhost, queues, to, skipReplayedFrom, into, drain: id }, work);
  world.progress(null);
  if (result.interrupted) throw interrupted(`${result.restored} message(s) are confirmed; the rest is in drain ${id}.`);
  const twice = result.maybeTwice > 0 ? [`may be there twice: ${result.maybeTwice}`] : [];
  const parked = result.parked > 0 ? [`${result.parked} message(s) parked: the replay sends them again`] : [];
  const left =
    result.left > 0 ? [`${result.left} message(s) were not taken by the broker; they stay in drain ${id}`] : [];
  const evidence = [
    `${result.restored} message(s) confirmed by the broker`,
    ...parked,
    ...twice,
    ...left,
    ...result.remarks,
  ];
  return {
    evidence,
    output: { restored: result.restored, evidence, ...(result.left > 0 ? { unverified: left.join('') } : {}) },
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

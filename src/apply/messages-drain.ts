import type { MessagesDrain } from '../core/change.ts';
import { drainRemarks } from '../core/drain.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

/** Goes on with the same drain when it was cut off: what is on disk stays, what was not acknowledged comes again. */
export async function apply(change: MessagesDrain, world: World): Promise<Applied> {
  const { vhost, drain, queues, copy, allowConsumers, checkTargets } = change;
  const request = { vhost, drain, queues, copy, allowConsumers, checkTargets };
  const result = await world.writers.messages.drain(request, { progress: world.progress, signal: world.signal });
  world.progress(null);
  if (result.interrupted) throw interrupted(`${result.messages} message(s) are on disk; the rest is in the queues.`);
  return {
    evidence: [
      `${result.messages} message(s) of ${change.queues.length} queue(s), ${result.bytes} bytes`,
      ...result.remarks,
    ],
    output: {
      id: change.drain,
      messages: result.messages,
      maybeTwice: result.maybeTwice,
      evidence: result.remarks,
      ...(result.remarks.length > 0 ? { unverified: result.remarks.join('; ') } : {}),
    },
  };
}

/** Every segment is read and checked again. */
export async function verify(change: MessagesDrain, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const listing = (await seen.readers.messages.drains()).find((drain) => drain.id === change.drain);
  if (listing?.manifest?.state !== 'complete') {
    return {
      verdict: 'not-applied',
      evidence: [`drain ${change.drain} is not complete; it goes on where it was`],
      output: {},
    };
  }
  const manifest = await seen.readers.messages.verified(change.drain);
  const messages = manifest.queues.reduce((sum, queue) => sum + queue.records - queue.again, 0);
  const maybeTwice = manifest.queues.reduce((sum, queue) => sum + queue.maybeAgain, 0);
  const twice = maybeTwice > 0 ? [`may be there twice: ${maybeTwice}`] : [];
  // From the manifest: a crash right after the last message leaves no output, and what was found must not be lost with it.
  const remarks = drainRemarks(manifest);
  const said = Array.isArray(output?.['evidence']) ? output['evidence'].map(String) : remarks;
  return {
    verdict: 'applied',
    evidence: [
      `drain ${change.drain}: ${messages} message(s) in ${manifest.segments.length} segment(s), every checksum holds`,
      ...twice,
      ...said,
    ],
    output: {
      ...{ id: change.drain, messages, maybeTwice },
      ...(output === null && remarks.length > 0 ? { unverified: remarks.join('; ') } : {}),
    },
  };
}

/** A stop that was asked for, at a message boundary. Resuming goes on from there. */
export function interrupted(how: string): Fault {
  return new Fault({
    code: 'messages.interrupted',
    message: `Stopped at a message boundary. ${how}`,
    exit: 'interrupted',
    details: { sent: false },
  });
}

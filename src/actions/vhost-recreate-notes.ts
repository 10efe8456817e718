import type { ActionContext } from '../core/action.ts';
import type { VhostSnapshot } from '../core/vhost.ts';
import type { CaptureChoice } from './capture-choice.ts';
import { foreigners } from './foreigners.ts';
import { expectedVhost } from '../core/expected.ts';
import { vhostInPart } from '../core/vhost-in-part.ts';

/** What is worth reading before a vhost is recreated from a capture. */
export function notesOf(choice: CaptureChoice, fresh: VhostSnapshot | null): readonly string[] {
  const from =
    choice.capture === null
      ? 'from the capture that this run takes'
      : `from capture ${choice.capture.manifest.id} of ${choice.capture.manifest.takenAt}`;
  const source = choice.capture?.snapshot ?? fresh;
  const counts =
    source === null
      ? ''
      : `: ${source.definitions.queues.length} queues, ${source.definitions.exchanges.length} exchanges, ${source.definitions.bindings.length} bindings`;
  return [`created again ${from}${counts}`];
}

/** Foreign items that the configuration knows are shown all the same: recreating interrupts them, too. */
export function neighbourNotes(
  choice: CaptureChoice,
  fresh: VhostSnapshot | null,
  context: ActionContext,
): readonly string[] {
  const expected = expectedVhost(context.environment);
  const snapshot = choice.capture?.snapshot ?? fresh;
  if (snapshot === null) return [];
  const found = foreigners(snapshot, expected, '').filter((item) => expected.neighbours.includes(item));
  return found.length === 0 ? [] : [`it interrupts neighbours that the configuration knows: ${found.join(', ')}`];
}

/** What can't be known of the messages that go with a vhost. */
export function unknowns(fresh: VhostSnapshot | null): readonly string[] {
  if (fresh === null) return [];
  const part = vhostInPart(fresh.status);
  if (part !== null)
    return [
      `how many messages are in it: the vhost is stopped on ${part.stopped.join(', ')}; what is not drained from ${part.running.join(', ')} before, and all that is on the former, is lost with it`,
    ];
  if (fresh.depths === null)
    return [
      'how many messages are in it: the vhost is not running, so its depths are unknown, not 0; they are lost with it',
    ];
  const messages = fresh.depths.reduce((sum, queue) => sum + queue.messages, 0);
  return messages > 0 ? [`it holds ${messages} message(s) now; what is not drained before is lost with it`] : [];
}

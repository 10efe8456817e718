import { isAgain } from './count-records.ts';
import { drainedMessage, type DrainedMessage } from './drained-message.ts';
import { readManifest } from './manifest-reader.ts';
import { matches, type MessageFilter } from './message-filter.ts';
import { scanDrain } from './scan-drain.ts';

/** A drain's messages in the order in which they were drained, proven second copies left out. Damage is a Fault on the way. */
export async function* readDrain(dir: string, filter: MessageFilter = {}): AsyncGenerator<DrainedMessage, void> {
  const manifest = await readManifest(dir);
  for await (const records of scanDrain(dir, manifest)) {
    for (const record of records) {
      const queue = manifest.queues[record.queue];
      if (queue === undefined || isAgain(record, queue)) continue;
      const message = drainedMessage(record, queue);
      if (matches(message, filter)) yield message;
    }
  }
}

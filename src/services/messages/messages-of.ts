import type { JsonObject } from '../../core/json.ts';
import type { MessageFilter } from './message-filter.ts';
import { messageJson } from './message-json.ts';
import { readDrain } from './read-drain.ts';

/** The messages of a drain that match, as JSON; bodies and headers masked unless asked for. Memory stays flat. */
export async function* messagesOf(
  folder: string,
  filter: MessageFilter,
  showBodies: boolean,
): AsyncGenerator<JsonObject> {
  for await (const message of readDrain(folder, filter)) yield messageJson(message, showBodies);
}

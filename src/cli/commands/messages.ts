import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { textOf, type JsonObject } from '../../core/json.ts';
import type { Composition, MessageWanted } from '../composition.ts';
import type { MessagesOptions } from '../invocation.ts';

/** `vhost drains` */
export async function listDrains(composition: Composition): Promise<ExitName> {
  const drains = await (await composition.readers()).messages.drains();
  composition.host.result({ code: 'drains.listed', payload: { drains } });
  return 'done';
}

/** `vhost messages DRAIN`: reading only; every segment is checked before the first message is shown. */
export async function showMessages(
  composition: Composition,
  drain: string,
  options: MessagesOptions,
): Promise<ExitName> {
  const { host } = composition;
  if (Number.isNaN(options.limit)) throw usage('--limit wants a whole number.', '--limit');
  const messages = await composition.messages(drain, wantedOf(options), options.showBodies);
  if (options.form === 'jsonl') {
    for await (const message of messages) host.result({ code: 'message.exported', payload: { message } });
    return 'done';
  }
  if (options.form === 'count') {
    const queues: Record<string, number> = {};
    let total = 0;
    for await (const message of messages) {
      const queue = textOf(message['queue']);
      queues[queue] = (queues[queue] ?? 0) + 1;
      total += 1;
    }
    host.result({ code: 'messages.counted', payload: { drain, total, queues } });
    return 'done';
  }
  const listed: JsonObject[] = [];
  let more = false;
  for await (const message of messages) {
    more = listed.length >= options.limit;
    if (more) break;
    listed.push(message);
  }
  host.result({ code: 'messages.listed', payload: { drain, messages: listed, more } });
  return 'done';
}

function wantedOf({ queue, messageId, header, body }: MessagesOptions): MessageWanted {
  const [name, headerEquals] = pairOf(header, '--header', 'name=value');
  const [pointer, bodyEquals] = pairOf(body, '--body', '/pointer=value');
  if (pointer !== undefined && !pointer.startsWith('/'))
    throw usage(`--body wants a JSON pointer, which begins with /, not ${JSON.stringify(pointer)}.`, '--body');
  return {
    ...(queue === null ? {} : { queue }),
    ...(messageId === null ? {} : { messageId }),
    ...(name === undefined ? {} : { header: { name, equals: headerEquals ?? '' } }),
    ...(pointer === undefined ? {} : { body: { pointer, equals: bodyEquals ?? '' } }),
  };
}

function pairOf(text: string | null, flag: string, form: string): readonly [string?, string?] {
  if (text === null) return [];
  const at = text.indexOf('=');
  if (at <= 0) throw usage(`${flag} wants ${form}, not ${JSON.stringify(text)}.`, flag);
  return [text.slice(0, at), text.slice(at + 1)];
}

function usage(message: string, where: string): Fault {
  return new Fault({ code: 'usage', message, where, exit: 'usage' });
}

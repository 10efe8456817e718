import type { DrainManifest } from '../core/drain.ts';
import { textOf, type JsonObject } from '../core/json.ts';
import type { Messages } from '../core/messages.ts';
import type { DrainListing } from '../core/ports-messages.ts';
import { blank, indented, jsonLines, line, toned, type Line } from './lines.ts';
import { heading, labelled, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { instant } from './times.ts';
import { plural } from './value-words.ts';

/** Drains of this environment, newest first. */
export function drainsLines({ drains }: Messages['drains.listed'], style: Style): readonly Line[] {
  if (drains.length === 0) return [line('There are no drains.')];
  return drains.flatMap((drain) => drainLines(drain, style));
}

function drainLines({ id, manifest, damage, path }: DrainListing, style: Style): readonly Line[] {
  if (manifest === null)
    return [line(toned('strong', id)), warningLine(style, damage ?? 'it is damaged', 2), labelled(2, 'folder', path)];
  const state = manifest.state === 'complete' ? '' : ' (not complete: esr-ops resume goes on with it)';
  return [
    line(toned('strong', id), ` of vhost ${manifest.vhost}, ${instant(manifest.startedAt, style.timezone)}${state}`),
    ...manifest.queues.map((queue) => indented(2, [`${queue.name}: ${plural(messagesOf(queue), 'message')}`])),
  ];
}

function messagesOf(queue: DrainManifest['queues'][number]): number {
  return queue.records - queue.again;
}

/** Messages of a drain, one after the other. */
export function messagesLines({ drain, messages, more }: Messages['messages.listed']): readonly Line[] {
  if (messages.length === 0) return [line(`No message of ${drain} matches.`)];
  return [
    ...messages.flatMap(messageLines),
    ...(more ? [blank, line('There are more: --limit N, or --jsonl for all.')] : []),
  ];
}

function messageLines(message: JsonObject): readonly Line[] {
  const place = `${textOf(message['queue'])} #${textOf(message['inQueue'])}`;
  const route = `${textOf(message['exchange']) || '(default exchange)'} -> ${textOf(message['routingKey'])}`;
  return [
    heading(`${place}  ${route}  ${textOf(message['bodyBytes'])} bytes`),
    labelled(2, 'properties', textOf(message['properties'])),
    labelled(2, 'body', textOf(message['body'])),
  ];
}

/** How many messages of each queue. */
export function countLines({ total, queues }: Messages['messages.counted']): readonly Line[] {
  return [
    ...Object.entries(queues).map(([queue, count]) => indented(2, [`${queue}: ${count}`])),
    line(plural(total, 'message')),
  ];
}

/** One message of an export: a line of JSON. */
export function exportLines({ message }: Messages['message.exported']): readonly Line[] {
  return jsonLines(message);
}

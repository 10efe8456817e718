import { headerOf } from '../../core/message.ts';
import type { Json } from '../../core/json.ts';
import type { DrainedMessage } from './drained-message.ts';
import { fieldText } from './message-json.ts';

/** Which messages are wanted: all of what is given must hold. */
export interface MessageFilter {
  readonly queue?: string;
  readonly messageId?: string;
  /** A header whose value, as text, equals this. */
  readonly header?: { readonly name: string; readonly equals: string };
  /** A place in a JSON body (RFC 6901) whose value, as text or JSON, equals this. Bodies over 1 MiB never match. */
  readonly body?: { readonly pointer: string; readonly equals: string };
}

/** Whether a message is wanted. */
export function matches(message: DrainedMessage, { queue, messageId, header, body }: MessageFilter): boolean {
  if (queue !== undefined && message.queue !== queue) return false;
  if (messageId !== undefined && text(message.properties().messageId) !== messageId) return false;
  if (header !== undefined) {
    const value = headerOf(message.properties().headers, header.name);
    if (value === undefined || fieldText(value) !== header.equals) return false;
  }
  if (body === undefined) return true;
  const value = valueAt(jsonBody(message), body.pointer);
  return value !== undefined && (typeof value === 'string' ? value : JSON.stringify(value)) === body.equals;
}

/** The body as JSON; undefined when it is none or too large. */
export function jsonBody({ body }: Pick<DrainedMessage, 'body'>): Json | undefined {
  const first = body?.[0];
  if (body === null || first === undefined || !'{["-0123456789tfn \t\r\n'.includes(String.fromCharCode(first))) {
    return undefined;
  }
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}

/** The value at a JSON pointer (RFC 6901); undefined when there is none. */
export function valueAt(root: Json | undefined, pointer: string): Json | undefined {
  if (pointer === '') return root;
  if (!pointer.startsWith('/')) return undefined;
  let value = root;
  for (const part of pointer.slice(1).split('/')) {
    if (value === null || typeof value !== 'object') return undefined;
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, Json>>)[key];
  }
  return value;
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

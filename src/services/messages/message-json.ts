import type { Json, JsonObject } from '../../core/json.ts';
import type { ContentProperties, FieldTable, FieldValue } from '../../core/message.ts';
import type { DrainedMessage } from './drained-message.ts';
import { jsonBody } from './message-filter.ts';

/** Headers that the broker itself writes: no person's data. */
const brokersOwn = /^(x-death|x-first-death-|x-last-death-|x-delivery-count$|x-opt-)/;

/**
 * A message as one JSON object, for a list or an export. Unless `showBodies`, values that may be people's data are
 * masked: strings and numbers of the body and of headers keep their names and sizes only.
 */
export function messageJson(message: DrainedMessage, showBodies = false): JsonObject {
  return {
    record: message.record,
    queue: message.queue,
    inQueue: message.inQueue,
    exchange: message.exchange.toString('utf8'),
    routingKey: message.routingKey.toString('utf8'),
    redelivered: message.redelivered,
    maybeTwice: message.maybeTwice,
    properties: propertiesJson(message.properties(), showBodies),
    bodyBytes: message.bodySize,
    body: bodyJson(message, showBodies),
  };
}

/** Text of a header's value, for comparing and showing: strings as they are, numbers in decimal. */
export function fieldText(value: FieldValue): string {
  const json = fieldJson(value, false);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

function propertiesJson({ headers, ...others }: ContentProperties, show: boolean): JsonObject {
  const json: Record<string, Json> = {};
  for (const [name, value] of Object.entries(others)) {
    if (name === 'reserved') continue;
    json[name] = typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? utf8(value) : value;
  }
  return headers === undefined ? json : { ...json, headers: tableJson(headers, !show, true) };
}

function tableJson(table: FieldTable, mask: boolean, top: boolean): JsonObject {
  return Object.fromEntries(
    table.map(([key, value]) => {
      const name = utf8(key);
      return [name, fieldJson(value, mask && !(top && brokersOwn.test(name)))];
    }),
  );
}

function fieldJson(value: FieldValue, mask: boolean): Json {
  switch (value.t) {
    case 'F':
      return tableJson(value.v, mask, false);
    case 'A':
      return value.v.map((item) => fieldJson(item, mask));
    case 'V':
      return null;
    case 't':
      return value.v;
    case 'S':
      return mask ? `(${value.v.length} octets)` : utf8(value.v);
    case 'x':
      return mask ? `(${value.v.length} octets)` : Buffer.from(value.v).toString('base64');
    case 'D':
      return mask ? '(number)' : `${value.v}e-${value.scale}`;
    case 'l':
    case 'L':
    case 'T':
      return mask ? '(number)' : String(value.v);
    case 'f':
    case 'd':
      return mask ? '(number)' : Number.isFinite(value.v) ? value.v : String(value.v);
    case 'b':
    case 'B':
    case 's':
    case 'u':
    case 'I':
    case 'i':
      return mask ? '(number)' : value.v;
    default:
      return value satisfies never;
  }
}

function bodyJson(message: DrainedMessage, show: boolean): Json {
  const { body } = message;
  if (body === null) return { tooLargeToShow: message.bodySize };
  const json = jsonBody(message);
  if (!show) return json === undefined ? `(${body.length} octets)` : masked(json);
  if (json !== undefined) return json;
  const text = body.toString('utf8');
  return Buffer.from(text).equals(body) ? text : { base64: body.toString('base64') };
}

function masked(json: Json): Json {
  if (json === null || typeof json === 'boolean') return json;
  if (typeof json === 'string') return `(${json.length} characters)`;
  if (typeof json === 'number') return '(number)';
  if (Array.isArray(json)) return json.map((item: Json) => masked(item));
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, masked(value)]));
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

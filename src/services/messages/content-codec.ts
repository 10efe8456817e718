import type { ContentProperties, FieldTable } from '../../core/message.ts';
import { readTable, tableOctets } from './field-table.ts';
import { malformed, octets, shortString, take, type OctetReader } from './octets.ts';

type Name = Exclude<keyof ContentProperties, 'reserved'>;

/** The properties in the order of the flags, from bit 15 down (AMQP 0-9-1, class basic), with their kinds. */
const properties = [
  ['contentType', 'text'],
  ['contentEncoding', 'text'],
  ['headers', 'table'],
  ['deliveryMode', 'octet'],
  ['priority', 'octet'],
  ['correlationId', 'text'],
  ['replyTo', 'text'],
  ['expiration', 'text'],
  ['messageId', 'text'],
  ['timestamp', 'time'],
  ['type', 'text'],
  ['userId', 'text'],
  ['appId', 'text'],
  ['clusterId', 'text'],
] as const satisfies readonly (readonly [Name, 'text' | 'table' | 'octet' | 'time'])[];

/** Bits of the property flags that decide something without decoding. */
export const propertyFlag = { headers: 0x2000, deliveryMode: 0x1000, expiration: 0x0100, userId: 0x0010 } as const;

/** The property flags of raw property octets. */
export function flagsOf(raw: Buffer): number {
  return raw.length < 2 ? 0 : raw.readUInt16BE(0);
}

/**
 * Decodes what follows the body size in a content header frame: property flags and properties. `encodeProperties` of
 * the result gives the very same octets. A Fault `messages.bad-properties` when there is anything that AMQP 0-9-1 or
 * RabbitMQ's dialect of it does not know.
 */
export function decodeProperties(raw: Buffer): ContentProperties {
  const reader = octets(raw);
  const flags = raw.readUInt16BE(take(reader, 2));
  if ((flags & 1) !== 0) throw malformed('there are more property flags than class basic has', 0);
  const found: Record<string, unknown> = { reserved: (flags & 2) !== 0 };
  properties.forEach(([name, kind], index) => {
    if ((flags & (0x8000 >> index)) !== 0) found[name] = readProperty(reader, kind);
  });
  if (reader.at !== reader.end) throw malformed(`${reader.end - reader.at} octets follow the last property`, reader.at);
  return found as unknown as ContentProperties;
}

function readProperty(reader: OctetReader, kind: 'text' | 'table' | 'octet' | 'time'): unknown {
  switch (kind) {
    case 'text':
      return shortString(reader);
    case 'table':
      return readTable(reader);
    case 'octet':
      return reader.bytes.readUInt8(take(reader, 1));
    case 'time':
      return reader.bytes.readBigUInt64BE(take(reader, 8));
    default:
      return kind satisfies never;
  }
}

/** The octets of a content header behind the body size: property flags and properties. */
export function encodeProperties(content: ContentProperties): Buffer {
  const parts: Buffer[] = [Buffer.alloc(2)];
  let flags = content.reserved ? 2 : 0;
  properties.forEach(([name, kind], index) => {
    const value = content[name];
    if (value === undefined) return;
    flags |= 0x8000 >> index;
    if (kind === 'table') parts.push(tableOctets(value as FieldTable));
    else if (kind === 'octet') parts.push(Buffer.from([value as number]));
    else if (kind === 'time') parts.push(eight(value as bigint));
    else parts.push(Buffer.from([(value as Uint8Array).length]), Buffer.from(value as Uint8Array));
  });
  const all = Buffer.concat(parts);
  all.writeUInt16BE(flags, 0);
  return all;
}

function eight(value: bigint): Buffer {
  const to = Buffer.alloc(8);
  to.writeBigUInt64BE(value);
  return to;
}

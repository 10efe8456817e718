import { createReadStream } from 'node:fs';
import type { AmqpLink } from './amqp-link.ts';
import type { StoredRecord } from './read-item.ts';

const pageSize = 1 << 20;
/** Octets from which what is collected goes to the socket although more comes. */
const enough = 1 << 18;
const mandatory = 1;

/** Collects frames into large pieces for the socket. */
export interface PublishBuffer {
  /** Appends a message. Resolves at once unless the body is large: then it is read from its file piece by piece. */
  add(record: StoredRecord, exchange: Buffer, routingKey: Buffer, properties: Buffer): Promise<void> | null;
  /** Gives what is collected to the socket; false when its buffer is full. */
  flush(): boolean;
}

/**
 * Frames of `basic.publish` with its content on channel 1; exchange and routing key are short strings. `writable`
 * resolves when the socket takes more.
 */
export function createPublishBuffer(link: AmqpLink, writable: () => Promise<void>): PublishBuffer {
  let page = Buffer.allocUnsafeSlow(pageSize);
  /** What lies before `from` is with the socket already: the rest of a page is used by the next piece. */
  let from = 0;
  let at = 0;
  const bodyMax = link.frameMax - 8;
  const flush = (): boolean => {
    if (at === from) return true;
    const piece = page.subarray(from, at);
    from = at;
    return link.send(piece);
  };
  const room = (size: number): void => {
    if (at - from >= enough) flush();
    if (page.length - at >= size) return;
    flush();
    page = Buffer.allocUnsafeSlow(Math.max(pageSize, size));
    from = 0;
    at = 0;
  };
  const frame = (type: number, size: number): void => {
    page[at] = type;
    page.writeUInt16BE(1, at + 1);
    page.writeUInt32BE(size, at + 3);
    page[at + 7 + size] = 0xce;
    at += 7;
  };
  const bodyFrame = (bytes: Buffer, start: number, end: number): void => {
    room(end - start + 8);
    frame(3, end - start);
    at += bytes.copy(page, at, start, end) + 1;
  };
  const stream = async ({ file, bodyOffset, bodySize }: StoredRecord): Promise<void> => {
    const chunks = createReadStream(file, {
      start: bodyOffset,
      end: bodyOffset + bodySize - 1,
      highWaterMark: bodyMax,
    });
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      bodyFrame(chunk, 0, chunk.length);
      if (!flush()) await writable();
    }
  };
  return {
    flush,
    add(record, exchange, routingKey, properties) {
      const { body, bodySize } = record;
      const method = 4 + 2 + exchange.length + routingKey.length + 1;
      const header = 12 + properties.length;
      room(method + header + 16);
      frame(1, method);
      page.writeUInt32BE(0x003c0028, at);
      page.writeUInt16BE(0, at + 4);
      at += 6;
      at += exchange.copy(page, at);
      at += routingKey.copy(page, at);
      page[at] = mandatory;
      at += 2;
      frame(2, header);
      page.writeUInt32BE(0x003c0000, at);
      page.writeUInt32BE(Math.floor(bodySize / 0x100000000), at + 4);
      page.writeUInt32BE(bodySize % 0x100000000, at + 8);
      at += 12;
      at += properties.copy(page, at) + 1;
      if (body === null) return stream(record);
      for (let start = 0; start < bodySize; start += bodyMax) {
        bodyFrame(body, start, Math.min(bodySize, start + bodyMax));
      }
      return null;
    },
  };
}

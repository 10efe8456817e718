/**
 * Where frames go. Octets are handed over as a range of the buffer that came from the socket: whoever keeps them
 * copies them. Layout: AMQP 0-9-1 specification, 2.3.5 and 4.2.
 */
export interface FrameSink {
  /** `id` is class * 65536 + method; the arguments begin at `from`. */
  method(channel: number, id: number, bytes: Buffer, from: number, to: number): void;
  /** A content header: `size` octets of body follow; property flags and properties are at `from`. */
  header(channel: number, size: number, bytes: Buffer, from: number, to: number): void;
  body(channel: number, bytes: Buffer, from: number, to: number): void;
}

/**
 * Takes the complete frames out of what a socket delivers, and keeps the rest for the next chunk. Throws an Error that
 * says what is not AMQP about the octets; heartbeats are swallowed.
 */
export function createFrameReader(sink: FrameSink): (chunk: Buffer) => void {
  let rest: Buffer | null = null;
  return (chunk) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    const { length } = bytes;
    let at = 0;
    while (length - at >= 8) {
      const size = bytes.readUInt32BE(at + 3);
      if (size > 0x1000000) throw new Error(`a frame announces ${size} octets`);
      const end = at + 7 + size;
      if (end >= length) break;
      if (bytes[end] !== 0xce) throw new Error('a frame does not end where it said');
      const channel = bytes.readUInt16BE(at + 1);
      const from = at + 7;
      const type = bytes[at];
      if (type === 3) sink.body(channel, bytes, from, end);
      else if (type === 1) sink.method(channel, bytes.readUInt32BE(from), bytes, from + 4, end);
      else if (type === 2) {
        const bodySize = bytes.readUInt32BE(from + 4) * 0x100000000 + bytes.readUInt32BE(from + 8);
        sink.header(channel, bodySize, bytes, from + 12, end);
      } else if (type !== 8) throw new Error(`there is no frame of type ${String(type)}`);
      at = end + 1;
    }
    rest = at === length ? null : bytes.subarray(at);
  };
}

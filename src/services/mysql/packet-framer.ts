/** The part of a binlog event's header that readers use; one object, overwritten by the next event. */
export interface EventHeader {
  /** Seconds since the epoch; 0 for events that the server made up. When the statement began, not when it committed. */
  timestamp: number;
  type: number;
  /** Server on which the event was first written. */
  serverId: number;
  /** Bytes, header and checksum included. */
  size: number;
  /** Low 32 bits of the offset at which the next event begins; 0 for events that the server made up. */
  end: number;
  flags: number;
}

/** What to do with the packets of a binlog dump. */
export interface FrameHandlers {
  /** Whether the content of this event is needed; what is not is dropped without being gathered. */
  wants(header: EventHeader): boolean;
  /** One event. `body` (all after the header, checksum included) only lives during the call; null when not wanted. False ends. */
  event(header: EventHeader, body: Buffer | null): boolean;
  /** The server's end of stream. */
  end(): void;
  /** The server's error packet. */
  error(errno: number, message: string): void;
}

const headerLength = 19;
/** Packet header (length, sequence), marker byte, event header. */
const frontLength = 4 + 1 + headerLength;
const continued = 0xff_ff_ff;
const nothing = Buffer.alloc(0);

/**
 * Cuts what a server sends after COM_BINLOG_DUMP into events. Events that span packets of 16 MiB never have a body:
 * memory stays small whatever a row holds. Returns a function that takes each chunk, keeps nothing of its memory, and
 * says whether to go on.
 */
export function frameBinlog(handlers: FrameHandlers): (chunk: Buffer) => boolean {
  const header: EventHeader = { timestamp: 0, type: 0, serverId: 0, size: 0, end: 0, flags: 0 };
  /** Beginning of a packet whose rest has not come yet. */
  let held: Buffer = nothing;
  /** Pieces of a wanted event, and how many bytes of it are missing. */
  let pieces: Buffer[] | null = null;
  let missing = 0;
  /** The packet being passed over is not the event's last. */
  let more = false;

  const readHeader = (chunk: Buffer, at: number): void => {
    header.timestamp = chunk.readUInt32LE(at);
    header.type = chunk[at + 4] ?? 0;
    header.serverId = chunk.readUInt32LE(at + 5);
    header.size = chunk.readUInt32LE(at + 9);
    header.end = chunk.readUInt32LE(at + 13);
    header.flags = chunk.readUInt16LE(at + 17);
  };
  const closing = (packet: Buffer): boolean => {
    if (packet[0] === 0xfe) handlers.end();
    else {
      const said = packet.toString('utf8', packet[3] === 0x23 ? 9 : 3);
      handlers.error(packet.length < 3 ? 0 : packet.readUInt16LE(1), said);
    }
    return false;
  };

  return (incoming) => {
    const chunk = held.length === 0 ? incoming : Buffer.concat([held, incoming]);
    held = nothing;
    let at = 0;
    if (missing > 0) {
      at = Math.min(missing, chunk.length);
      missing -= at;
      if (pieces !== null) {
        pieces.push(missing > 0 ? Buffer.from(chunk.subarray(0, at)) : chunk.subarray(0, at));
        if (missing > 0) return true;
        const whole = Buffer.concat(pieces);
        pieces = null;
        if (!handlers.event(header, whole)) return false;
      }
      if (missing > 0) return true;
    }
    while (at < chunk.length) {
      if (chunk.length - at < 4) break;
      const length = chunk.readUIntLE(at, 3);
      if (more) {
        more = length === continued;
        missing = Math.max(0, at + 4 + length - chunk.length);
        at = Math.min(chunk.length, at + 4 + length);
        continue;
      }
      if (chunk.length - at < 5) break;
      if (chunk[at + 4] !== 0) {
        if (chunk.length - at < 4 + length) break;
        return closing(chunk.subarray(at + 4, at + 4 + length));
      }
      if (chunk.length - at < frontLength) break;
      readHeader(chunk, at + 5);
      const bodyAt = at + frontLength;
      const next = at + 4 + length;
      more = length === continued;
      const wanted = !more && handlers.wants(header);
      if (next <= chunk.length) {
        if (!handlers.event(header, wanted ? chunk.subarray(bodyAt, next) : null)) return false;
      } else {
        missing = next - chunk.length;
        if (wanted) pieces = [Buffer.from(chunk.subarray(bodyAt))];
        else if (!handlers.event(header, null)) return false;
      }
      at = Math.min(next, chunk.length);
    }
    if (at < chunk.length) held = Buffer.from(chunk.subarray(at));
    return true;
  };
}

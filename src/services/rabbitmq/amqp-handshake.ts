/**
 * The opening handshake of AMQP 0-9-1, by hand. amqplib names only the method that it did not expect
 * ("Expected ConnectionOpenOk; got <ConnectionClose channel:0>") and drops the frame's reply code and text, which are
 * the whole point here; its decoder is not exported. Frame layout: AMQP 0-9-1 specification, 4.2.
 */

/** First bytes that a client sends. */
export const protocolHeader = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

/** A method frame: class and method as `10.50`, and its arguments. */
export interface MethodFrame {
  readonly id: string;
  readonly args: Buffer;
}

const maxFrame = 1024 * 1024;

/** Takes the complete frames off the front; null when the bytes are not AMQP frames. Heartbeats are left out. */
export function readFrames(bytes: Buffer): { readonly methods: readonly MethodFrame[]; readonly rest: Buffer } | null {
  const methods: MethodFrame[] = [];
  let at = 0;
  while (bytes.length - at >= 7) {
    const type = bytes.readUInt8(at);
    const size = bytes.readUInt32BE(at + 3);
    if ((type !== 1 && type !== 8) || size > maxFrame) return null;
    if (bytes.length - at < size + 8) break;
    if (bytes.readUInt8(at + 7 + size) !== 0xce) return null;
    const payload = bytes.subarray(at + 7, at + 7 + size);
    if (type === 1) {
      if (size < 4) return null;
      methods.push({ id: `${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`, args: payload.subarray(4) });
    }
    at += size + 8;
  }
  const first = bytes[at];
  return first !== undefined && first !== 1 && first !== 8 ? null : { methods, rest: bytes.subarray(at) };
}

/** Reply code and text of `connection.close`. */
export function closeOf(args: Buffer): { readonly code: number; readonly text: string } {
  if (args.length < 3) return { code: 0, text: '' };
  return { code: args.readUInt16BE(0), text: args.toString('utf8', 3, 3 + args.readUInt8(2)) };
}

/** What to send after a method of the server's, or how the handshake ended; null when it was not expected. */
export function openingFrames(
  id: string,
  as: { readonly user: string; readonly password: string; readonly vhost: string },
): { readonly bytes: Buffer; readonly then: string } | 'opened' | 'closed' | null {
  switch (id) {
    case '10.10':
      return { bytes: frame(10, 11, startOk(as.user, as.password)), then: 'the login' };
    case '10.30':
      // channel-max 1, frame-max 128 KiB, no heartbeat.
      return {
        bytes: Buffer.concat([
          frame(10, 31, Buffer.from([0, 1, 0, 2, 0, 0, 0, 0])),
          frame(10, 40, Buffer.concat([shortString(as.vhost), Buffer.from([0, 0])])),
        ]),
        then: 'the vhost',
      };
    case '10.41':
      return 'opened';
    case '10.50':
      return 'closed';
    default:
      return null;
  }
}

/** The frame that ends an opened connection in order. */
export const closeFrame = frame(
  10,
  50,
  Buffer.concat([Buffer.from([0, 200]), shortString('probe done'), Buffer.from([0, 0, 0, 0])]),
);

/** The answer to the server's close. */
export const closeOkFrame = frame(10, 51, Buffer.alloc(0));

function startOk(user: string, password: string): Buffer {
  // `authentication_failure_close` makes the server say 403 instead of just closing the socket.
  const capabilities = table([field('authentication_failure_close', 't', Buffer.from([1]))]);
  const properties = table([
    field('product', 'S', longString(Buffer.from('esr-ops'))),
    field('connection_name', 'S', longString(Buffer.from('esr-ops probe'))),
    field('capabilities', 'F', capabilities),
  ]);
  const response = longString(Buffer.from(`\0${user}\0${password}`, 'utf8'));
  return Buffer.concat([properties, shortString('PLAIN'), response, shortString('en_US')]);
}

function frame(classId: number, methodId: number, args: Buffer): Buffer {
  const head = Buffer.alloc(11);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(args.length + 4, 3);
  head.writeUInt16BE(classId, 7);
  head.writeUInt16BE(methodId, 9);
  return Buffer.concat([head, args, Buffer.from([0xce])]);
}

function shortString(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function longString(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

function table(fields: readonly Buffer[]): Buffer {
  return longString(Buffer.concat(fields));
}

function field(name: string, type: string, value: Buffer): Buffer {
  return Buffer.concat([shortString(name), Buffer.from(type, 'ascii'), value]);
}

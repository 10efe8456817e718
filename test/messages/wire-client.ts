import { connect, type Socket } from 'node:net';
import { servers } from '../support/servers.ts';

/** A message as raw octets: what a content header frame holds behind the body size, and the body. */
export interface RawMessage {
  readonly exchange: string;
  readonly routingKey: Buffer;
  readonly header: Buffer;
  readonly body: Buffer;
}

/**
 * A small AMQP client for the tests only, which shares no code with the product: it publishes and gets messages as
 * octets, one after the other, over one socket.
 */
export interface WireClient {
  publish(message: { exchange?: string; routingKey: Buffer; header: Buffer; body: Buffer }): void;
  /** Waits until the broker confirmed everything. */
  confirmed(): Promise<void>;
  /** Next message of the queue, acknowledged; null when the broker says that there is none. */
  get(queue: string): Promise<RawMessage | null>;
  declare(queue: string, args?: Buffer): Promise<void>;
  close(): void;
}

interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** A broker and an account; by default the one that all tests share. */
export interface WireBroker {
  readonly amqp: { readonly host: string; readonly port: number };
  readonly user: string;
  readonly password: string;
}

export async function wireClient(vhost: string, broker: WireBroker = servers().rabbit): Promise<WireClient> {
  const { amqp, user, password } = broker;
  const socket: Socket = connect(amqp.port, amqp.host);
  const frames: Frame[] = [];
  let pending: Buffer = Buffer.alloc(0);
  let notify: (() => void) | null = null;
  let confirmedTo = 0;
  let published = 0;
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let at = 0;
    for (; pending.length >= at + 8;) {
      const size = pending.readUInt32BE(at + 3);
      if (pending.length < at + size + 8) break;
      const frame = { type: pending[at]!, payload: pending.subarray(at + 7, at + 7 + size) };
      at += size + 8;
      if (frame.type === 1 && frame.payload.readUInt32BE(0) === 0x3c0050) {
        confirmedTo = Math.max(confirmedTo, Number(frame.payload.readBigUInt64BE(4)));
      } else if (frame.type !== 8) frames.push(frame);
    }
    pending = pending.subarray(at);
    notify?.();
  });
  const moreCame = (): Promise<void> => new Promise((resolve) => (notify = resolve));
  const next = async (): Promise<Frame> => {
    while (frames.length === 0) await moreCame();
    return frames.shift()!;
  };
  const write = (type: number, channel: number, payload: Buffer): void => {
    const all = Buffer.alloc(payload.length + 8);
    all[0] = type;
    all.writeUInt16BE(channel, 1);
    all.writeUInt32BE(payload.length, 3);
    payload.copy(all, 7);
    all[payload.length + 7] = 206;
    socket.write(all);
  };
  const say = (channel: number, classId: number, methodId: number, ...args: Buffer[]): void => {
    const head = Buffer.from([0, classId, 0, methodId]);
    write(1, channel, Buffer.concat([head, ...args]));
  };
  const expectMethod = async (classId: number, ...methodIds: number[]): Promise<[number, Buffer]> => {
    const { type, payload } = await next();
    const [c, m] = [payload.readUInt16BE(0), payload.readUInt16BE(2)];
    if (type !== 1 || c !== classId || !methodIds.includes(m)) {
      throw new Error(
        `got ${type} ${c}.${m} ${payload.toString('latin1', 4)} instead of ${classId}.${methodIds.join('/')}`,
      );
    }
    return [m, payload.subarray(4)];
  };
  const ss = (text: string | Buffer): Buffer => {
    const bytes = Buffer.from(text);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  const u32 = (value: number): Buffer => {
    const to = Buffer.alloc(4);
    to.writeUInt32BE(value);
    return to;
  };

  socket.write(Buffer.from('414d515000000901', 'hex'));
  await expectMethod(10, 10);
  const plain = Buffer.from(`\0${user}\0${password}`);
  say(0, 10, 11, u32(0), ss('PLAIN'), u32(plain.length), plain, ss('en_US'));
  await expectMethod(10, 30);
  say(0, 10, 31, Buffer.from([0, 1]), u32(131072), Buffer.from([0, 0]));
  say(0, 10, 40, ss(vhost), Buffer.from([0, 0]));
  await expectMethod(10, 41);
  say(1, 20, 10, Buffer.from([0]));
  await expectMethod(20, 11);
  say(1, 85, 10, Buffer.from([0]));
  await expectMethod(85, 11);

  return {
    async declare(queue, args = u32(0)) {
      say(1, 50, 10, Buffer.from([0, 0]), ss(queue), Buffer.from([2]), args);
      await expectMethod(50, 11);
    },
    publish({ exchange = '', routingKey, header, body }) {
      published += 1;
      say(1, 60, 40, Buffer.from([0, 0]), ss(exchange), ss(routingKey), Buffer.from([0]));
      const size = Buffer.alloc(8);
      size.writeBigUInt64BE(BigInt(body.length));
      write(2, 1, Buffer.concat([Buffer.from([0, 60, 0, 0]), size, header]));
      for (let at = 0; at < body.length; at += 131064) write(3, 1, body.subarray(at, at + 131064));
    },
    async confirmed() {
      while (confirmedTo < published) {
        if (frames.length > 0) throw new Error(frames[0]!.payload.toString('latin1'));
        await moreCame();
      }
    },
    async get(queue) {
      say(1, 60, 70, Buffer.from([0, 0]), ss(queue), Buffer.from([1]));
      const [how, args] = await expectMethod(60, 71, 72);
      if (how === 72) return null;
      const exchangeSize = args[9]!;
      const exchange = args.toString('latin1', 10, 10 + exchangeSize);
      const keySize = args[10 + exchangeSize]!;
      const routingKey = Buffer.from(args.subarray(11 + exchangeSize, 11 + exchangeSize + keySize));
      const head = (await next()).payload;
      const size = Number(head.readBigUInt64BE(4));
      const parts: Buffer[] = [];
      for (let left = size; left > 0;) {
        const { payload } = await next();
        parts.push(payload);
        left -= payload.length;
      }
      return { exchange, routingKey, header: Buffer.from(head.subarray(12)), body: Buffer.concat(parts) };
    },
    close: () => void socket.destroy(),
  };
}

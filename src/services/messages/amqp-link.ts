import type { Fault } from '../../core/fault.ts';
import type { RabbitAccess } from '../rabbitmq/access.ts';
import { closeOf } from '../rabbitmq/amqp-handshake.ts';
import { createFrameReader } from './frame-reader.ts';
import { heartbeatFrame, long, method, methodFrame, octet, short, shortText } from './frames.ts';
import { brokenProtocol, channelClosed, connectionClosed, connectionLost } from './link-fault.ts';
import { openConnection } from './open-connection.ts';

/** What a link tells its owner while frames come in. Octet ranges are only good until the call returns. */
export interface LinkHandler {
  /** A delivery begins; exchange and routing key are two short strings in the range. */
  delivered?(tag: number, redelivered: boolean, bytes: Buffer, from: number, to: number): void;
  /** A message came back unroutable; the range is as in `delivered`. */
  returned?(code: number, text: string, bytes: Buffer, from: number, to: number): void;
  /** Content header of what `delivered` or `returned` began: body size, and the property octets in the range. */
  header?(size: number, bytes: Buffer, from: number, to: number): void;
  body?(bytes: Buffer, from: number, to: number): void;
  /** After the frames of one chunk of the socket. */
  settled?(): void;
  /** The broker took (`ok`) or refused published messages. */
  confirmed?(tag: number, multiple: boolean, ok: boolean): void;
  /** The broker cancelled the consumer: its queue is gone or lost its leader. */
  cancelled?(): void;
  /** The broker takes no messages for the given reason (memory, disk); null when it does again. */
  blocked?(reason: string | null): void;
  /** The socket takes more again. */
  drained?(): void;
  /** The link ended other than by `close`; nothing comes after it. */
  failed(fault: Fault): void;
}

/**
 * One AMQP 0-9-1 connection with one channel, which hands over properties as the octets that they are. (amqplib decodes
 * them on the way and loses their types; see the domain notes.) A closed channel ends the link.
 */
export interface AmqpLink {
  /** Largest frame that was agreed on. */
  readonly frameMax: number;
  /** Sends a method that is answered, and resolves with the arguments of the answer. Calls are answered in order. */
  call(id: number, answer: number, ...args: readonly Buffer[]): Promise<Buffer>;
  /** Sends complete frames. False when the socket's buffer is full: wait for `drained`. */
  send(bytes: Buffer): boolean;
  /** Whether the socket's buffer has room. */
  writable(): boolean;
  /** Stops and goes on reading from the socket: a disk that is slower than the network. */
  pause(): void;
  resume(): void;
  fault(): Fault | null;
  /** Ends the connection in order. The broker requeues what was not acknowledged. */
  close(): Promise<void>;
}

/** The number of the only channel. */
export const channelNumber = 1;

/** Opens a connection to the vhost and its channel. Faults name what the broker said; `name` is shown by the broker. */
export async function openLink(
  access: RabbitAccess,
  vhost: string,
  name: string,
  handler: LinkHandler,
): Promise<AmqpLink> {
  const { socket, rest, frameMax, heartbeatMs, where } = await openConnection(access, vhost, name);
  const waiting: { answer: number; since: number; resolve: (args: Buffer) => void; reject: (fault: Fault) => void }[] =
    [];
  let blocked = false;
  let fault: Fault | null = null;
  let closing = false;
  let heard = Date.now();
  let sent = Date.now();

  const fail = (why: Fault): void => {
    if (fault !== null || closed) return;
    fault = why;
    clearInterval(beat);
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(why);
    if (!closing) handler.failed(why);
  };
  let closed = false;

  const send = (bytes: Buffer): boolean => {
    if (fault !== null || closed) return true;
    sent = Date.now();
    return socket.write(bytes);
  };
  const call = (id: number, answer: number, ...args: readonly Buffer[]): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      if (fault !== null) {
        reject(fault);
        return;
      }
      waiting.push({ answer, since: Date.now(), resolve, reject });
      send(methodFrame(id >>> 16 === 10 ? 0 : channelNumber, id, ...args));
    });

  const onMethod = (id: number, bytes: Buffer, from: number, to: number): void => {
    switch (id) {
      case method.basicDeliver: {
        const at = from + 1 + bytes.readUInt8(from);
        const tag = bytes.readUInt32BE(at) * 0x100000000 + bytes.readUInt32BE(at + 4);
        handler.delivered?.(tag, bytes[at + 8] === 1, bytes, at + 9, to);
        return;
      }
      case method.basicAck:
      case method.basicNack: {
        const tag = bytes.readUInt32BE(from) * 0x100000000 + bytes.readUInt32BE(from + 4);
        handler.confirmed?.(tag, (bytes.readUInt8(from + 8) & 1) === 1, id === method.basicAck);
        return;
      }
      case method.basicReturn: {
        const size = bytes.readUInt8(from + 2);
        const text = bytes.toString('utf8', from + 3, from + 3 + size);
        handler.returned?.(bytes.readUInt16BE(from), text, bytes, from + 3 + size, to);
        return;
      }
      case method.basicCancel:
        handler.cancelled?.();
        return;
      case method.channelClose: {
        const { code, text } = closeOf(bytes.subarray(from, to));
        fail(channelClosed(where, code, text));
        return;
      }
      case method.connectionClose: {
        const { code, text } = closeOf(bytes.subarray(from, to));
        send(methodFrame(0, method.connectionCloseOk));
        fail(connectionClosed(where, code, text));
        return;
      }
      case method.connectionBlocked:
        blocked = true;
        handler.blocked?.(bytes.toString('utf8', from + 1, to));
        return;
      case method.connectionUnblocked:
        blocked = false;
        for (const one of waiting) one.since = Date.now();
        handler.blocked?.(null);
        return;
      case method.channelFlow:
        send(methodFrame(channelNumber, method.channelFlowOk, octet(bytes.readUInt8(from))));
        return;
      default: {
        const [next] = waiting;
        // It stays among those that wait, and is told with them.
        if (next?.answer !== id) fail(brokenProtocol(where, `an unexpected method ${id >>> 16}.${id & 0xffff}`));
        else {
          waiting.shift();
          next.resolve(Buffer.from(bytes.subarray(from, to)));
        }
      }
    }
  };

  const read = createFrameReader({
    method: (_channel, id, bytes, from, to) => {
      if (fault === null) onMethod(id, bytes, from, to);
    },
    header: (_channel, size, bytes, from, to) => {
      if (fault === null) handler.header?.(size, bytes, from, to);
    },
    body: (_channel, bytes, from, to) => {
      if (fault === null) handler.body?.(bytes, from, to);
    },
  });
  const take = (chunk: Buffer): void => {
    heard = Date.now();
    try {
      read(chunk);
    } catch (error) {
      fail(brokenProtocol(where, (error as Error).message));
      return;
    }
    if (fault === null) handler.settled?.();
  };

  socket.on('data', take);
  socket.on('drain', () => handler.drained?.());
  socket.on('error', (error) => fail(connectionLost(where, error)));
  socket.on('close', () => fail(connectionLost(where, null)));
  const beat = setInterval(
    () => {
      const now = Date.now();
      // A paused socket hears nothing, and the broker may then not be blamed.
      if (socket.isPaused() || blocked) for (const one of waiting) one.since = now;
      if (socket.isPaused()) heard = now;
      const asked = waiting[0]?.since ?? now;
      if (now - heard > heartbeatMs * 2) fail(connectionLost(where, null, `no sign of life for ${now - heard} ms`));
      else if (now - asked > access.slowTimeoutMs)
        fail(connectionLost(where, null, `no answer to what was asked within ${access.slowTimeoutMs} ms`));
      else if (now - sent >= heartbeatMs / 2) send(heartbeatFrame);
    },
    Math.max(250, heartbeatMs / 4),
  );
  if (rest.length > 0) take(rest);

  await call(method.channelOpen, method.channelOpenOk, shortText(''));
  return {
    frameMax,
    call,
    send,
    writable: () => fault !== null || !socket.writableNeedDrain,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    fault: () => fault,
    async close() {
      if (closing) return;
      closing = true;
      socket.resume();
      if (fault === null) {
        const late = setTimeout(() => fail(connectionLost(where, null, 'no answer to the close')), access.timeoutMs);
        const done = call(method.connectionClose, method.connectionCloseOk, short(200), shortText('done'), long(0));
        await done.catch(() => undefined);
        clearTimeout(late);
      }
      closed = true;
      clearInterval(beat);
      socket.destroy();
    },
  };
}

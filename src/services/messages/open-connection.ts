import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Fault } from '../../core/fault.ts';
import { tlsOptions, type RabbitAccess } from '../rabbitmq/access.ts';
import { closeOf, protocolHeader } from '../rabbitmq/amqp-handshake.ts';
import { createFrameReader } from './frame-reader.ts';
import { long, longText, method, methodFrame, octet, short, shortText } from './frames.ts';
import { brokenProtocol, connectionClosed, connectionLost } from './link-fault.ts';

/** An opened AMQP connection, before any channel. */
export interface OpenedConnection {
  readonly socket: Socket;
  /** What came after the last frame of the handshake. */
  readonly rest: Buffer;
  readonly frameMax: number;
  /** Interval of heartbeats in milliseconds. */
  readonly heartbeatMs: number;
  /** The URL without credentials. */
  readonly where: string;
}

const wantedFrame = 131072;
/** What AMQP 0-9-1 demands of everybody (`frame-min-size`); bodies could not be cut into anything smaller. */
const smallestFrame = 4096;
const heartbeatSeconds = 20;

/** Connects (verified TLS for `amqps:`), logs in and opens the vhost. A Fault says what the broker answered. */
export async function openConnection(access: RabbitAccess, vhost: string, name: string): Promise<OpenedConnection> {
  const url = new URL(access.amqp);
  const secure = url.protocol === 'amqps:';
  const port = url.port === '' ? (secure ? 5671 : 5672) : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const where = `${url.protocol}//${url.hostname}:${port}`;
  const password = await access.password();
  const options = secure ? await tlsOptions(access.tls) : null;
  return await new Promise((resolve, reject) => {
    const socket =
      options === null
        ? connectPlain({ host, port })
        : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...options });
    socket.setNoDelay(true);
    let frameMax = wantedFrame;
    let heartbeat = heartbeatSeconds;
    let done = false;
    const settle = (): void => {
      done = true;
      clearTimeout(timer);
      socket.off('data', onData).off('error', onError).off('close', onClose);
    };
    const refuse = (fault: Fault): void => {
      if (done) return;
      settle();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(fault);
    };
    const timer = setTimeout(() => {
      refuse(connectionLost(where, null, `no answer within ${access.timeoutMs} ms`));
    }, access.timeoutMs);
    const onMethod = (id: number, bytes: Buffer, from: number, to: number): void => {
      switch (id) {
        case method.connectionStart:
          socket.write(methodFrame(0, method.connectionStartOk, ...login(name, access.user, password)));
          return;
        case method.connectionTune: {
          frameMax = Math.min(bytes.readUInt32BE(from + 2) || wantedFrame, wantedFrame);
          if (frameMax < smallestFrame) {
            refuse(brokenProtocol(where, `it allows frames of ${frameMax} octets only`));
            return;
          }
          heartbeat = Math.min(bytes.readUInt16BE(from + 6) || heartbeatSeconds, heartbeatSeconds);
          socket.write(
            Buffer.concat([
              methodFrame(0, method.connectionTuneOk, short(1), long(frameMax), short(heartbeat)),
              methodFrame(0, method.connectionOpen, shortText(vhost), short(0)),
            ]),
          );
          return;
        }
        case method.connectionOpenOk:
          settle();
          // Frames that follow in the same chunk can't be there: the broker says nothing before a channel is open.
          resolve({ socket, rest: Buffer.alloc(0), frameMax, heartbeatMs: heartbeat * 1000, where });
          return;
        case method.connectionClose: {
          const { code, text } = closeOf(bytes.subarray(from, to));
          refuse(connectionClosed(where, code, text));
          return;
        }
        default:
          refuse(brokenProtocol(where, `an unexpected method ${id >>> 16}.${id & 0xffff} in the opening`));
      }
    };
    const misplaced = (): void => refuse(brokenProtocol(where, 'content before a channel is open'));
    const read = createFrameReader({
      method: (_channel, id, bytes, from, to) => {
        if (!done) onMethod(id, bytes, from, to);
      },
      header: misplaced,
      body: misplaced,
    });
    socket.once(secure ? 'secureConnect' : 'connect', () => socket.write(protocolHeader));
    const onError = (error: Error): void => refuse(connectionLost(where, error));
    const onClose = (): void => refuse(connectionLost(where, null));
    const onData = (chunk: Buffer): void => {
      try {
        read(chunk);
      } catch (error) {
        refuse(brokenProtocol(where, (error as Error).message));
      }
    };
    socket.on('data', onData).on('error', onError).on('close', onClose);
  });
}

/** Arguments of `connection.start-ok`: what this client can do (RabbitMQ's extensions), and a PLAIN login. */
function login(name: string, user: string, password: string): readonly Buffer[] {
  const field = (key: string, type: string, value: Buffer): Buffer =>
    Buffer.concat([shortText(key), Buffer.from(type, 'latin1'), value]);
  const can = ['consumer_cancel_notify', 'connection.blocked', 'publisher_confirms', 'basic.nack'];
  const capabilities = [...can, 'authentication_failure_close'].map((key) => field(key, 't', octet(1)));
  const properties = [
    field('product', 'S', longText(Buffer.from('esr-ops'))),
    field('connection_name', 'S', longText(Buffer.from(name))),
    field('capabilities', 'F', longText(Buffer.concat(capabilities))),
  ];
  return [
    longText(Buffer.concat(properties)),
    shortText('PLAIN'),
    longText(Buffer.from(`\0${user}\0${password}`)),
    shortText('en_US'),
  ];
}

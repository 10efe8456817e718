import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { tlsOptions, type RabbitAccess } from './access.ts';
import { closeFrame, closeOf, closeOkFrame, openingFrames, protocolHeader, readFrames } from './amqp-handshake.ts';
import { connectionTrouble } from './connection-fault.ts';
import { visible } from './visible.ts';

/**
 * What AMQP says of a vhost. `limited`: it would let this user in, were there not a connection limit ·
 * `refused`: unpermitted or limited, the broker's sentence is cut off before it says which · `unclear`: an answer that means none of these.
 */
export interface AmqpFinding {
  readonly is:
    | 'running'
    | 'down'
    | 'absent'
    | 'unpermitted'
    | 'limited'
    | 'refused'
    | 'credentials-refused'
    | 'unreachable'
    | 'unclear';
  /** Reply code of the close frame, 0 when there was none. */
  readonly code: number;
  /** In words, with the broker's own text; control characters visible. */
  readonly evidence: string;
}

/**
 * What a close frame of the opening handshake means. The texts are those of RabbitMQ's rabbit_reader and
 * rabbit_access_control; one of more than 255 bytes, because of a long name, ends in three dots. The name is foreign
 * text and could say anything, so only the two ends of the sentence count.
 */
export function meaningOfClose(code: number, text: string): AmqpFinding['is'] {
  const said = text.replace(/^[A-Z_]+ - /, '');
  const cut = Buffer.byteLength(text) >= 250 && said.endsWith('...');
  if (code === 403) return 'credentials-refused';
  if (code === 541)
    return said.startsWith("access to vhost '") && (cut || said.endsWith("' is down")) ? 'down' : 'unclear';
  if (code !== 530) return 'unclear';
  if (/connection limit \(\d+\) is reached$/.test(said)) return 'limited';
  if (said.startsWith('vhost ')) return cut || said.endsWith(' not found') ? 'absent' : 'unclear';
  if (cut) return 'refused';
  return said.startsWith("access to vhost '") && said.endsWith("'") ? 'unpermitted' : 'unclear';
}

/** Opens an AMQP connection to the vhost and closes it again. Never rejects for what the peer does. */
export async function probeAmqp(access: RabbitAccess, vhost: string): Promise<AmqpFinding> {
  const url = new URL(access.amqp);
  const secure = url.protocol === 'amqps:';
  const port = url.port === '' ? (secure ? 5671 : 5672) : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const where = `${url.protocol}//${url.hostname}:${port}`;
  if (Buffer.byteLength(vhost) > 255) {
    return { is: 'unclear', code: 0, evidence: `AMQP ${where}: the name is longer than AMQP allows` };
  }
  const password = await access.password();
  const options = secure ? await tlsOptions(access.tls) : null;
  return await new Promise((resolve) => {
    const socket: Socket =
      options === null
        ? connectPlain({ host, port })
        : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...options });
    let step = 'the connection';
    const end = (is: AmqpFinding['is'], code: number, what: string, farewell?: Buffer): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      if (farewell === undefined) socket.destroy();
      else leave(socket, farewell);
      resolve({ is, code, evidence: `AMQP ${where}: ${what}` });
    };
    const timer = setTimeout(() => {
      end('unreachable', 0, `no answer within ${access.timeoutMs} ms (waiting for ${step})`);
    }, access.timeoutMs);
    let rest = Buffer.alloc(0);
    socket.once(options === null ? 'connect' : 'secureConnect', () => {
      step = 'the greeting';
      socket.write(protocolHeader);
    });
    socket.on('error', (error) => {
      end('unreachable', 0, connectionTrouble(error)?.why ?? error.message);
    });
    socket.on('end', () => {
      end('unreachable', 0, `the connection was closed (waiting for ${step})`);
    });
    socket.on('data', (chunk: Buffer) => {
      const read = readFrames(Buffer.concat([rest, chunk]));
      if (read === null) {
        end('unreachable', 0, `not AMQP 0-9-1: ${visible(chunk.toString('latin1', 0, 40))}`);
        return;
      }
      rest = Buffer.from(read.rest);
      for (const method of read.methods) {
        const frames = openingFrames(method.id, { user: access.user, password, vhost });
        if (frames === 'opened') {
          step = 'the close';
          end('running', 0, 'a connection to the vhost opened', closeFrame);
          return;
        }
        if (frames === 'closed') {
          const { code, text } = closeOf(method.args);
          const shown = visible(text);
          end(meaningOfClose(code, text), code, `${code} ${shown}`, closeOkFrame);
          return;
        }
        if (frames === null) {
          end('unclear', 0, `an unexpected method ${method.id}`);
          return;
        }
        step = frames.then;
        socket.write(frames.bytes);
      }
    });
  });
}

/** Says goodbye, so that the broker's log shows no broken connection, without keeping the caller waiting for it. */
function leave(socket: Socket, farewell: Buffer): void {
  socket.resume();
  socket.setTimeout(1000, () => socket.destroy());
  socket.unref();
  socket.end(farewell);
}

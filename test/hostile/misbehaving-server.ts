import { createServer, type AddressInfo, type Socket } from 'node:net';

/** Something that a server does with a connection instead of answering as it should. */
export type Misbehaviour = (socket: Socket) => void;

const head = (status: string, ...lines: readonly string[]): string =>
  [`HTTP/1.1 ${status}`, ...lines, '', ''].join('\r\n');
const json = 'content-type: application/json';
const every = (socket: Socket, ms: number, bytes: string): void => {
  const timer = setInterval(() => socket.write(bytes), ms);
  socket.on('close', () => clearInterval(timer));
};
const endless = (socket: Socket, first: string, block: string): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.write(first);
  socket.on('drain', more);
  more();
};
const block = ' '.repeat(65_536);

/** What comes after a whole request has arrived. `slow` ones are ended by a time-out. */
export const misbehaviours = {
  'a web page': (socket) =>
    socket.end(`${head('200 OK', 'content-type: text/html')}<!doctype html><html>Log in\u001b[2J`),
  'a web page that says it is JSON': (socket) => socket.end(`${head('200 OK', json)}<html>Log in`),
  'a redirect to another host': (socket) =>
    socket.end(head('302 Found', 'location: http://user:hidden@192.0.2.1/x', 'content-length: 0')),
  'a redirect to itself': (socket) => socket.end(head('307 Temporary Redirect', 'location: /', 'content-length: 0')),
  'a redirect with an endless page': (socket) =>
    endless(socket, head('301 Moved', 'location: /x', 'content-type: text/html'), block),
  'nothing, and an end': (socket) => socket.end(),
  'a reset': (socket) => socket.resetAndDestroy(),
  garbage: (socket) => socket.end(Buffer.from(Array.from({ length: 500 }, (_, at) => (at * 37) % 256))),
  'another protocol': (socket) => socket.end('220 mail.example ESMTP\r\n'),
  'a switch of protocols': (socket) =>
    socket.write(head('101 Switching Protocols', 'upgrade: x', 'connection: upgrade')),
  'no content': (socket) => socket.end(head('204 No Content')),
  'an empty body': (socket) => socket.end(head('200 OK', json, 'content-length: 0')),
  'half of a body': (socket) => socket.end(`${head('200 OK', json, 'content-length: 100')}[{"name":`),
  'more than it announced': (socket) => socket.end(`${head('200 OK', json, 'content-length: 2')}[]${'x'.repeat(500)}`),
  'a length that is none': (socket) => socket.end(`${head('200 OK', json, 'content-length: -5')}[]`),
  'two lengths': (socket) => socket.end(`${head('200 OK', json, 'content-length: 2', 'content-length: 9')}[]`),
  'an enormous length': (socket) => socket.end(`${head('200 OK', json, 'content-length: 999999999999999')}[]`),
  'broken chunks': (socket) => socket.end(`${head('200 OK', json, 'transfer-encoding: chunked')}zz\r\n[]\r\n0\r\n\r\n`),
  'a compressed body that is none': (socket) => socket.end(`${head('200 OK', json, 'content-encoding: gzip')}[]`),
  'JSON that is cut off': (socket) => socket.end(`${head('200 OK', json)}[[[{"a":`),
  'JSON without an end of nesting': (socket) => socket.end(`${head('200 OK', json)}${'['.repeat(200_000)}`),
  'deep nesting': (socket) => socket.end(`${head('200 OK', json)}${'['.repeat(50_000)}${']'.repeat(50_000)}`),
  'an error with a hostile reason': (socket) =>
    socket.end(`${head('500 Oops', json)}{"reason":"\\u001b[31m\\u202e${'x'.repeat(10_000)}"}`),
  'an error with nested reasons': (socket) =>
    socket.end(`${head('400 Bad', json)}{"reason":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
  'a status that is none': (socket) => socket.end('HTTP/1.1 9999999 Hm\r\n\r\n'),
  'endless headers': (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(8_000)}\r\n`),
  'an endless body': (socket) => endless(socket, head('200 OK', json), block),
  'an endless body with an error': (socket) => endless(socket, head('503 Busy', json), block),
  silence: () => undefined,
  'a slow drip of headers': (socket) => every(socket, 20, 'x'),
  'a slow drip of a body': (socket) => {
    socket.write(`${head('200 OK', json)}[`);
    every(socket, 20, ' ');
  },
} as const satisfies Record<string, Misbehaviour>;

export interface MisbehavingServer {
  readonly port: number;
  /** Bytes that were sent since it was told how to misbehave. */
  sent(): number;
  behave(how: Misbehaviour): void;
  close(): Promise<void>;
}

/** A TCP server that reads one HTTP request and then misbehaves. */
export async function misbehavingServer(): Promise<MisbehavingServer> {
  const open = new Set<Socket>();
  let how: Misbehaviour = () => undefined;
  let sent = 0;
  const server = createServer((socket) => {
    open.add(socket);
    let got = '';
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sent += socket.bytesWritten;
      open.delete(socket);
    });
    socket.on('data', (chunk: Buffer) => {
      const before = got.includes('\r\n\r\n');
      got += chunk.toString('latin1');
      if (!before && got.includes('\r\n\r\n')) how(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    behave: (next) => {
      for (const socket of open) socket.destroy();
      how = next;
      sent = 0;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

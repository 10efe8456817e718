import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A relay in front of a broker that writes down what a client sends. */
export interface AmqpRecorder {
  readonly port: number;
  /** Methods since the last call, class and method as `10.40`; a declare that only asks is `50.10 passive`. */
  take(): readonly string[];
  close(): Promise<void>;
}

/** Relays AMQP 0-9-1 and records class and method of each method frame that a client sends. */
export async function recordAmqp(target: { readonly host: string; readonly port: number }): Promise<AmqpRecorder> {
  let seen: string[] = [];
  const server = createServer((client) => {
    const broker = connect(target);
    const methods = methodsOf((method) => seen.push(method));
    client.on('data', methods);
    client.pipe(broker).pipe(client);
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Cuts a client's bytes into frames: the protocol header, then type, channel, size, payload, end mark. */
function methodsOf(found: (method: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let greeted = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!greeted && rest.length >= 8) {
      greeted = true;
      rest = rest.subarray(8);
    }
    while (greeted && rest.length >= 7) {
      const size = rest.readUInt32BE(3);
      if (rest.length < size + 8) return;
      if (rest[size + 7] !== 0xce) found('not a frame');
      if (rest[0] === 1) found(methodOf(rest.subarray(7, 7 + size)));
      else if (rest[0] !== 8) found(`frame type ${rest[0] ?? -1}`);
      rest = rest.subarray(size + 8);
    }
  };
}

/** Class and method; whether a queue.declare is passive stands behind its reserved number and the queue's name. */
function methodOf(payload: Buffer): string {
  const method = `${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`;
  if (method !== '50.10') return method;
  const flags = payload[7 + (payload[6] ?? 0)] ?? 0;
  return (flags & 1) === 1 ? `${method} passive` : method;
}

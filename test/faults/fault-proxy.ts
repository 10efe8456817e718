import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * What happens to a connection: its bytes come late; nothing comes any more while it stays open; it ends in order in
 * the middle of a message; it is reset; it is reset, and nobody listens on the port any more.
 */
export const faultWays = ['delay', 'stall', 'cut', 'reset', 'refuse'] as const;

/** A fault that waits for its moment. */
export interface ArmedFault {
  readonly way: (typeof faultWays)[number];
  /** `up`: counted in bytes to the server; `down`: in bytes from it. */
  readonly direction: 'up' | 'down';
  /** Bytes that pass on all connections together before it strikes; the byte after them does not pass. */
  readonly afterBytes: number;
  /** How late the bytes of `delay` come, in milliseconds. */
  readonly delayMs: number;
  /** It stays until it is healed: later connections meet the same at once. Otherwise it strikes one connection. */
  readonly lasting: boolean;
}

export interface FaultProxy {
  readonly port: number;
  /** Bytes that passed since it was armed or healed, by direction. */
  readonly passed: Readonly<Record<'up' | 'down', number>>;
  /** Whether the armed fault struck. */
  struck(): boolean;
  /** `lastsMs`: so long after it struck it heals by itself. Default: never. */
  arm(fault: ArmedFault, lastsMs?: number): void;
  /** Everything passes from now on; what hangs is closed. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** A TCP proxy on loopback in front of one server that does to connections what networks do. */
export async function faultProxy(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const passed = { up: 0, down: 0 };
  let armed: ArmedFault | null = null;
  let struck = false;
  let lasts: number | undefined;
  let over: NodeJS.Timeout | undefined;
  const stalled = new Set<Socket>();

  const strike = (fault: ArmedFault, pair: readonly [Socket, Socket]): void => {
    if (!struck && lasts !== undefined) over = setTimeout(() => void heal(), lasts);
    struck = true;
    if (!fault.lasting) armed = null;
    if (fault.way === 'refuse') server.close();
    for (const socket of pair) {
      if (fault.way === 'reset' || fault.way === 'refuse') socket.resetAndDestroy();
      else if (fault.way === 'cut') socket.end();
      else if (fault.way === 'stall') stalled.add(socket.pause());
    }
  };

  const pass = (from: Socket, to: Socket, direction: ArmedFault['direction']): void => {
    // What came meanwhile waits behind what is late: a network delays bytes, it does not reorder them.
    let late: Promise<void> | null = null;
    const send = (bytes: Buffer): void => {
      passed[direction] += bytes.length;
      if (!to.destroyed && to.writable) to.write(bytes);
    };
    from.on('data', (bytes: Buffer) => {
      if (late !== null) {
        late = late.then(() => {
          send(bytes);
        });
        return;
      }
      const fault = armed?.direction === direction ? armed : null;
      const left = fault === null ? Infinity : Math.max(0, fault.afterBytes - passed[direction]);
      send(bytes.subarray(0, left));
      if (fault === null || bytes.length <= left) return;
      strike(fault, [from, to]);
      if (fault.way === 'delay')
        late = sleep(fault.delayMs).then(() => {
          send(bytes.subarray(left));
          if (!fault.lasting) late = null;
        });
    });
    from.on('end', () => {
      void (late ?? Promise.resolve()).then(() => to.end());
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      stalled.delete(from);
      to.destroy();
    });
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ ...target, allowHalfOpen: true });
    for (const socket of [client, upstream]) sockets.add(socket);
    pass(client, upstream, 'up');
    pass(upstream, client, 'down');
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const drop = (which: ReadonlySet<Socket>): void => {
    for (const socket of which) socket.destroy();
  };
  const heal = async (): Promise<void> => {
    clearTimeout(over);
    const hanging = struck && armed !== null;
    armed = null;
    passed.up = passed.down = 0;
    drop(hanging ? sockets : stalled);
    if (!server.listening) await listen(port);
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    passed,
    struck: () => struck,
    arm: (fault, lastsMs) => {
      armed = fault;
      lasts = lastsMs;
      struck = false;
      passed.up = passed.down = 0;
    },
    heal,
    close: () =>
      new Promise((resolve) => {
        clearTimeout(over);
        drop(sockets);
        if (!server.listening) resolve();
        else
          server.close(() => {
            resolve();
          });
      }),
  };
}

import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { Fault } from '../core/fault.ts';

/** Below the range that the kernel hands to outgoing connections, so that none of those can take a port in between. */
const lowest = 20_000;
const highest = 32_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Distinct TCP ports on 127.0.0.1 that nothing listens on now. They are drawn at random, so that two labs that start
 * at the same moment do not choose the same ones.
 */
export async function freePorts<const Names extends readonly string[]>(
  names: Names,
): Promise<Record<Names[number], number>> {
  const chosen = new Map<string, number>();
  for (let tries = 0; chosen.size < names.length; tries += 1) {
    if (tries > 500) {
      throw new Fault({
        code: 'lab.no-free-port',
        message: `No free port was found on 127.0.0.1 between ${lowest} and ${highest}.`,
        next: ['esr-ops lab status'],
        exit: 'unreachable',
      });
    }
    const port = randomInt(lowest, highest);
    const name = names[chosen.size];
    if (name !== undefined && ![...chosen.values()].includes(port) && (await isFree(port))) chosen.set(name, port);
  }
  return Object.fromEntries(chosen) as Record<Names[number], number>;
}

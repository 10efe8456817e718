import type { ChannelModel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceLogin } from './service-login.ts';

/** Milliseconds between two attempts: eager, as the services are that get into a new vhost first. */
const pause = 200;

/**
 * Connects, and connects again for ever, as the real services do, until the signal. `use` gets each new connection
 * and sets up its channel; an error in it ends that connection only. What it returns is called when the connection is
 * gone.
 */
export async function stayConnected(
  login: ServiceLogin,
  stop: AbortSignal,
  use: (connection: ChannelModel) => Promise<() => void>,
): Promise<void> {
  // By its default export: a bundle keeps no names of a CommonJS module that is imported when it is used.
  const { connect } = (await import('amqplib')).default;
  while (!stop.aborted) {
    try {
      const connection = await connect(
        {
          protocol: 'amqp',
          hostname: login.host,
          port: login.port,
          vhost: login.vhost,
          username: login.user,
          password: login.password,
          heartbeat: 10,
        },
        { clientProperties: { connection_name: login.name }, timeout: 5_000 },
      );
      const closed = new Promise<void>((resolve) => {
        connection.on('close', () => {
          resolve();
        });
      });
      // An 'error' without a listener would end the process; 'close' follows each one.
      connection.on('error', () => undefined);
      const aborted = new Promise<void>((resolve) => {
        if (stop.aborted) resolve();
        stop.addEventListener('abort', () => {
          resolve();
        });
      });
      try {
        const gone = await use(connection);
        await Promise.race([closed, aborted]);
        gone();
      } finally {
        await connection.close().catch(() => undefined);
      }
    } catch {
      // Refused, down, absent, not permitted: a service does not care why, it tries again.
    }
    await sleep(pause, undefined, { signal: stop }).catch(() => undefined);
  }
}

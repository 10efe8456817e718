import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod';
import { serviceLogin } from '../programs/service-login.ts';
import { stayConnected } from '../programs/stay-connected.ts';

const serviceConfig = z.strictObject({
  /** How it calls itself in its log. */
  application: z.string(),
  /** Port of its health endpoint, on loopback. */
  port: z.number(),
  /** Folder whose files make it fail: `startup-fails` each time, `startup-fails-once` once. */
  faults: z.string(),
  /** The broker and the queue that it consumes; null: none. */
  consumes: z
    .strictObject({
      login: serviceLogin,
      queue: z.string(),
    })
    .nullable(),
});

/** What a service in a container of the lab is told. Its file holds a password. */
export type ServiceConfig = z.infer<typeof serviceConfig>;

/**
 * A service of the lab in its container: logs as the real ones do, consumes its queue, and answers `/health` once it
 * has started. A start that fails says so in its log and stays: the container is up and the application is not.
 * Ends at SIGTERM.
 */
export async function runService(configFile: string): Promise<void> {
  const { application, port, faults, consumes } = serviceConfig.parse(JSON.parse(await readFile(configFile, 'utf8')));
  const log = (level: 'INFO' | 'ERROR', text: string): void => {
    process.stdout.write(`${level.padEnd(5)} ${text}\n`);
  };
  const stop = new AbortController();
  const ended = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  process.once('SIGTERM', () => {
    log('INFO', `Stopping ${application}`);
    stop.abort();
  });
  log('INFO', `Starting ${application}`);
  if (await failsNow(faults)) {
    log('ERROR', 'Application startup failed');
    log('ERROR', 'Caused by: UnknownHostException: the database has no address');
    const kept = setInterval(() => undefined, 60_000);
    await ended;
    clearInterval(kept);
    return;
  }
  let connected = consumes === null;
  const server = createServer((request, response) => {
    const status = request.url !== '/health' ? 404 : connected ? 200 : 503;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: connected ? 'UP' : 'DOWN' }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const started = (): void => {
    log('INFO', `Started ${application}`);
  };
  if (consumes === null) started();
  else {
    let first = true;
    await stayConnected(consumes.login, stop.signal, async (connection) => {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      await channel.consume(consumes.queue, (message) => {
        if (message !== null) channel.ack(message);
      });
      connected = true;
      if (first) started();
      first = false;
      return () => {
        connected = false;
        if (!stop.signal.aborted) log('ERROR', 'Connection to the broker lost');
      };
    });
  }
  await ended;
  server.closeAllConnections();
  server.close();
}

async function failsNow(faults: string): Promise<boolean> {
  const once = join(faults, 'startup-fails-once');
  if (!existsSync(once)) return existsSync(join(faults, 'startup-fails'));
  await rm(once);
  return true;
}

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openScene, type Scene } from '../crash/scene.ts';
import type { TestEnvironment } from '../support/program.ts';
import { servers } from '../support/servers.ts';
import { faultProxy, type FaultProxy } from './fault-proxy.ts';
import { patience } from './trials.ts';

/** What the program talks to in a recovery of a vhost. */
export const services = ['http', 'amqp', 'mysql'] as const;
export type Service = (typeof services)[number];

/** A scene whose program reaches every server through a proxy that can fail. */
export interface SceneBehindProxies {
  readonly scene: Scene;
  readonly environment: TestEnvironment;
  readonly proxies: Readonly<Record<Service, FaultProxy>>;
  remove(): Promise<void>;
}

/** Time-outs are short here: a stalled answer is waited for in every second run. */
export async function openSceneBehindProxies(fault: 'down' | 'sick'): Promise<SceneBehindProxies> {
  const scene = await openScene({ fault, database: true });
  const { rabbit, mariadb } = servers();
  const recorded = new URL(scene.proxy.url);
  const [http, amqp, mysql] = await Promise.all([
    faultProxy({ host: recorded.hostname, port: Number(recorded.port) }),
    faultProxy(rabbit.amqp),
    faultProxy(mariadb),
  ]);
  const password = join(scene.environment.home, 'reader-password');
  await writeFile(password, mariadb.reader.password, { mode: 0o600 });
  const environment = await scene.elsewhere(
    {
      mysql: {
        host: '127.0.0.1',
        port: mysql.port,
        user: mariadb.reader.user,
        password: { file: password },
        timeoutMs: 1_500 * patience,
      },
    },
    {
      management: `http://127.0.0.1:${http.port}`,
      amqp: `amqp://127.0.0.1:${amqp.port}`,
      timeoutMs: 1_500 * patience,
      slowTimeoutMs: 6_000 * patience,
    },
  );
  const proxies = { http, amqp, mysql };
  return {
    scene,
    environment,
    proxies,
    remove: async () => {
      await Promise.all(services.map((service) => proxies[service].close()));
      await scene.remove();
      await rm(password, { force: true });
    },
  };
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../free-ports.ts';
import { writePrivate, type RunningLab } from '../lab-files.ts';
import { labMarker, startOwned, type OwnedProcess } from '../owned-process.ts';
import { until } from '../until.ts';
import { startDockerEngine, type DockerEngine } from './docker-engine.ts';
import { healthy, type DescribedService } from './described-service.ts';
import { holdOpensScript } from './hold-opens.ts';
import { importLabImage, labImage } from './lab-image.ts';
import type { ServiceConfig } from './run-service.ts';

/** The lab's engine with its services, owned by this process. */
export interface LabDocker {
  readonly engine: DockerEngine;
  readonly described: NonNullable<RunningLab['docker']>;
  /** Holds the folder of a container, so that its removal does not come to an end. */
  hold(container: string): Promise<void>;
  release(): Promise<void>;
}

/** What the services are made from. */
export interface LabDockerOptions {
  /** Private folder with a short path. */
  readonly dir: string;
  readonly labId: string;
  readonly program: readonly string[];
  readonly rabbitmq: Pick<RunningLab['rabbitmq'], 'amqp' | 'vhost'>;
  /** Passwords of the services' users. */
  readonly passwords: Readonly<Record<string, string>>;
}

/**
 * The services of the lab that are containers. ESR comes back by its policy when the daemon restarts, ESR-ETL does not:
 * both are to be seen in a plan.
 */
const services = [
  {
    name: 'esr',
    application: 'EsrApplication',
    user: 'esr-exporter',
    queue: 'esr.queue.apprecord.generated',
    policy: 'unless-stopped',
  },
  { name: 'esr-etl', application: 'EsrEtlApplication', user: null, queue: null, policy: 'no' },
] as const;

/** Starts the engine and its containers, and waits until each is healthy; two to three seconds. */
export async function startLabDocker(options: LabDockerOptions): Promise<LabDocker> {
  const { dir, labId, program } = options;
  const engine = await startDockerEngine({ dir, labId });
  await importLabImage(engine, program);
  const ports = await freePorts(services.map(({ name }) => name));
  const made: DescribedService[] = [];
  for (const service of services) {
    const folder = join(dir, service.name);
    const faults = join(folder, 'faults');
    await mkdir(faults, { recursive: true, mode: 0o700 });
    const port = ports[service.name];
    await writePrivate(join(folder, 'service.json'), JSON.stringify(configOf(service, port, faults, options)));
    const create = [
      ...[engine.client, '--host', engine.endpoint, 'run', '--detach', '--name', service.name],
      ...['--network', 'host', '--restart', service.policy, '--env', `${labMarker}=${labId}`],
      ...[
        '--volume',
        `${folder}:${folder}`,
        labImage,
        ...program,
        'lab-program',
        'service',
        join(folder, 'service.json'),
      ],
    ];
    const health = `http://127.0.0.1:${port}/health`;
    made.push({ name: service.name, container: service.name, health, queue: service.queue, create, faults });
    await engine.docker(...create.slice(3));
  }
  for (const service of made) {
    await until(`${service.name} to be healthy`, () => healthy(service.health), { atMostMs: 60_000 });
  }
  let holder: OwnedProcess | undefined;
  const release = async (): Promise<void> => {
    await holder?.end('SIGTERM');
    holder = undefined;
  };
  return {
    engine,
    described: { endpoint: engine.endpoint, client: engine.client, dataRoot: engine.dataRoot, services: made },
    release,
    hold: async (container) => {
      await release();
      const id = await engine.docker('inspect', '--format', '{{.Id}}', container);
      const folder = join(engine.dataRoot, 'containers', id.trim(), 'mounts');
      const log = join(dir, 'holder.log');
      holder = await startOwned({
        labId,
        file: 'perl',
        args: ['-e', holdOpensScript, folder],
        cwd: dir,
        log,
        piped: true,
      });
      const { output } = holder.pipes ?? {};
      await Promise.race([
        new Promise((resolve) => output?.once('data', resolve)),
        holder.ended.then(({ code }) => {
          throw new Error(`nothing can hold a folder here: exit code ${code ?? 'unknown'}, see ${log}`);
        }),
      ]);
    },
  };
}

function configOf(
  { application, user, queue, name }: (typeof services)[number],
  port: number,
  faults: string,
  { rabbitmq, passwords }: LabDockerOptions,
): ServiceConfig {
  const consumes =
    user === null
      ? null
      : {
          login: { ...rabbitmq.amqp, vhost: rabbitmq.vhost, user, password: passwords[user] ?? '', name },
          queue,
        };
  return { application, port, faults, consumes };
}

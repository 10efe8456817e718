import { join } from 'node:path';
import type { Effects } from './cli/composition.ts';
import type { Environment, SecretRef } from './core/environment.ts';
import { Fault } from './core/fault.ts';
import type { Host } from './core/host.ts';
import type { NoticeOutbox } from './core/notice.ts';
import { dockerOf } from './core/docker-settings.ts';
import type { Readers, Writers } from './core/ports.ts';
import type { DockerPlace } from './core/ports-docker.ts';
import type { Remembered } from './core/remembered.ts';
import type { SecretRegistry } from './core/secret-registry.ts';
import { applierWithoutSecrets } from './core/without-secrets.ts';
import { clock, operator } from './this-process.ts';

/** Everything that can change anything, imported here and nowhere else, and only when it is called. */
export async function openEffects(wiring: EffectsWiring): Promise<Effects> {
  const [
    { createApplier },
    { createRabbitWriter },
    { createCaptureWriter },
    { createBrokerControl },
    journal,
    runs,
    locks,
    damage,
    fleet,
    { createMessagesWriter },
    { createCdcWriter },
    { hostWriters },
    { createPositionWriter },
    { createDockerWriter },
    { createDockerCaptureWriter },
    { createComponentsWriter },
    { createLoadJobsWriter },
  ] = await Promise.all([
    import('./apply/applier.ts'),
    import('./services/rabbitmq/writer.ts'),
    import('./services/captures/writer.ts'),
    import('./services/rabbitmq/broker-writer.ts'),
    import('./services/state/journal-writer.ts'),
    import('./services/state/runs-writer.ts'),
    import('./services/state/host-lock.ts'),
    import('./services/state/damage-writer.ts'),
    import('./services/mysql/fleet-lock.ts'),
    import('./services/messages/messages-writer.ts'),
    import('./services/cdc/writer.ts'),
    import('./services/host/writer.ts'),
    import('./services/maxwell/position-writer.ts'),
    import('./services/docker/writer.ts'),
    import('./services/docker/capture-writer.ts'),
    import('./services/components/writer.ts'),
    import('./services/loads/jobs-writer.ts'),
  ]);
  const { root, dir, environment, readers, registry, host, access, captureKey, mysqlPassword } = wiring;
  // The state folder itself too: whoever can rename what is in it could put another environment's folder in place.
  await (await import('./services/state/folders.ts')).ensureFolder(root, environment.name);
  const hostOf = hostWriters(environment.hosts);
  const docker = (place: DockerPlace) =>
    createDockerWriter(place, dockerOf(environment.docker, place.host), hostOf(place.host));
  const writers = {
    rabbit: createRabbitWriter(access),
    captures: createCaptureWriter(join(dir, 'captures'), {
      secrets: environment.capture.secrets,
      secretKey: captureKey,
    }),
    broker: createBrokerControl(environment),
    messages: createMessagesWriter(access, join(dir, 'drains'), clock, environment.cdcMessages),
    cdc: cdcWriters(wiring, createCdcWriter, hostWriters, createPositionWriter),
    docker,
    dockerCaptures: createDockerCaptureWriter(
      join(dir, 'docker'),
      environment.capture.secrets === 'encrypt' ? captureKey : null,
    ),
    components: createComponentsWriter(hostOf, docker),
    loads: createLoadJobsWriter({
      components: environment.components,
      hostOf,
      dockerReader: readers.docker,
      dockerWriter: docker,
      rabbit: access,
      vhost: environment.rabbitmq?.vhost ?? '/',
    }),
    runs: {
      acknowledge: async (run: string, target: string, reason: string): Promise<void> => {
        const name = locks.hostLockName(root, environment.name, target);
        const lock = await locks.acquireHostLock({ name, holder: holder(run) });
        try {
          const sink = await journal.reopenJournal({ dir, run, secrets: registry, clock });
          await sink.append({ type: 'run.acknowledged', operator: operator(), reason }).finally(() => sink.close());
        } finally {
          await lock.release();
        }
      },
    },
  };
  const holder = (name: string) => ({ ...operator(), run: name, since: new Date().toISOString() });
  return {
    applier: (name) =>
      applierWithoutSecrets(
        createApplier({
          run: name,
          environment,
          readers,
          writers,
          progress: (progress) => host.progress(progress),
          signal: wiring.signal,
          host,
        }),
        (text) => registry.redact(text),
      ),
    openJournal: (name) => journal.openJournal({ dir, run: name, secrets: registry, clock }),
    reopenJournal: (name) => journal.reopenJournal({ dir, run: name, secrets: registry, clock }),
    setDamageAside: (name) => damage.setDamageAside(dir, name),
    spendPlan: (plan) => runs.markPlanSpent(dir, plan.id),
    hostLock: async (target, name) => ({
      what: "this host's lock",
      ...(await locks.acquireHostLock({
        name: locks.hostLockName(root, environment.name, target),
        holder: holder(name),
      })),
    }),
    fleetLock: async (target, name) => {
      if (environment.mysql === null || mysqlPassword === null) return null;
      const password = await mysqlPassword();
      const lock = await fleet.acquireFleetLock({
        settings: environment.mysql,
        password,
        name: `esr-ops:${environment.name}:${target}`,
        holder: holder(name),
      });
      return { what: 'the fleet lock on the database', ...lock };
    },
    purgeRuns: (keep, olderThanMs) => runs.purgeRuns({ dir, clock, keep, olderThanMs }),
  };
}

/** Changes to CDC: its process and configuration, and its row of `positions` with the account for just that. */
function cdcWriters(
  { environment: { cdc, hosts, mysql }, cdcPassword }: EffectsWiring,
  createCdcWriter: typeof import('./services/cdc/writer.ts').createCdcWriter,
  hostWriters: typeof import('./services/host/writer.ts').hostWriters,
  createPositionWriter: typeof import('./services/maxwell/position-writer.ts').createPositionWriter,
): Writers['cdc'] {
  if (typeof cdc === 'string' || mysql === null || cdcPassword === null) return null;
  const access = async () => ({ settings: { ...mysql, user: cdc.mysql.user }, password: await cdcPassword() });
  return {
    process: createCdcWriter(cdc, hostWriters(hosts)),
    positions: createPositionWriter(access, cdc.schemaDatabase),
  };
}

/** The way to tell people: loaded only when there is something to tell. */
export async function openOutbox({ root, environment, registry, resolve }: OutboxWiring): Promise<NoticeOutbox> {
  const { createNoticeOutbox } = await import('./services/notify/writer.ts');
  const { acquireHostLock, hostLockName } = await import('./services/state/host-lock.ts');
  const { name, timezone, notify } = environment;
  return createNoticeOutbox({
    root,
    environment: name,
    timezone,
    channels: notify.channels,
    url: (channel) => resolve(channel.url, `environments.${name}.notify.channels.${channel.name}.url`),
    redact: (text) => registry.redact(text),
    lock: async () => {
      try {
        return await acquireHostLock({
          name: hostLockName(root, name, 'notices'),
          holder: { ...operator(), run: 'notices', since: new Date().toISOString() },
        });
      } catch (error) {
        if (error instanceof Fault && error.exit === 'locked') return null;
        throw error;
      }
    },
  });
}

/** Keeps what a look saw: the one thing that looking writes, and only where that is allowed. */
export async function keepLooks(root: string, environment: string, remembered: Remembered): Promise<void> {
  await (await import('./services/state/looks-writer.ts')).keepLooks(root, environment, remembered);
}

/** What the outbox is wired with. */
export interface OutboxWiring {
  readonly root: string;
  readonly environment: Environment;
  readonly registry: SecretRegistry;
  readonly resolve: (ref: SecretRef, name: string) => Promise<string>;
}

/** What the effects are wired with. */
export interface EffectsWiring {
  readonly root: string;
  readonly dir: string;
  readonly environment: import('./core/environment.ts').Environment;
  readonly readers: Readers;
  readonly registry: SecretRegistry;
  readonly host: Host;
  readonly access: import('./services/rabbitmq/access.ts').RabbitAccess;
  readonly captureKey: (() => Promise<string>) | null;
  readonly signal: AbortSignal;
  readonly mysqlPassword: (() => Promise<string>) | null;
  readonly cdcPassword: (() => Promise<string>) | null;
}

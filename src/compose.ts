import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actionCatalogue } from './actions/catalogue.ts';
import { factCatalogue, readFacts } from './actions/facts/catalogue.ts';
import { environmentValue } from './actions/facts/environment.ts';
import type { Composition, Effects } from './cli/composition.ts';
import type { GlobalOptions } from './cli/invocation.ts';
import { chooseEnvironment } from './config/choose-environment.ts';
import { loadConfig, type Config } from './config/load-config.ts';
import { createSecrets } from './config/secrets.ts';
import type { Deciding } from './core/deciding.ts';
import { effectiveTarget } from './core/cdc-config.ts';
import { dockerOf } from './core/docker-settings.ts';
import type { ControlledCdc, Environment, SecretRef } from './core/environment.ts';
import { Fault } from './core/fault.ts';
import type { RepointRequest } from './core/cdc-ports.ts';
import type { Host } from './core/host.ts';
import type { Operator } from './core/journal.ts';
import type { Clock, Readers } from './core/ports.ts';
import type { S3Reader } from './core/ports-s3.ts';
import type { StopSignal } from './core/run.ts';
import type { Runbook } from './core/runbook.ts';
import type { SecretRegistry } from './core/secret-registry.ts';
import type { Signature } from './core/signature.ts';
import { notifyingHost } from './cli/notifying-host.ts';
import type { NoticeOutbox } from './core/notice.ts';
import type { EffectsWiring, OutboxWiring } from './open-effects.ts';
import { evaluate } from './runbook/condition.ts';
import { resolveReferences } from './runbook/resolve.ts';
import { createCaptureReader } from './services/captures/reader.ts';
import type { RabbitAccess } from './services/rabbitmq/access.ts';
import { createDockerCaptureReader } from './services/docker/capture-reader.ts';
import { createMessagesReader } from './services/messages/messages-reader.ts';
import { createRabbitReader } from './services/rabbitmq/reader.ts';
import type { MysqlAccess } from './services/mysql/connect.ts';
import { createRunReader, isPlanSpent } from './services/state/runs-reader.ts';

/** What the composition root hands over: everything that reads is made here, what changes is opened by `effects`. */
export interface Parts {
  readonly global: GlobalOptions;
  readonly host: Host;
  readonly version: string;
  readonly registry: SecretRegistry;
  readonly stop: StopSignal;
  readonly clock: Clock;
  readonly operator: Operator;
  readonly builtIn: readonly Runbook[];
  /** Folder of the built-in runbooks. */
  readonly runbooksFolder: string;
  /** The built-in signatures. */
  readonly signatures: () => Promise<readonly Signature[]>;
  readonly program: readonly [string, ...string[]];
  readonly effects: (wiring: EffectsWiring) => Promise<Effects>;
  readonly outbox: (wiring: OutboxWiring) => Promise<NoticeOutbox>;
}

/** Wires readers and settings, each opened when it is first asked for. Nothing in here can change anything. */
export function compose(parts: Parts): Composition & { close(): Promise<void> } {
  const { global, registry, clock } = parts;
  const { env } = process;
  const secrets = createSecrets({ env, registry });
  const closing: (() => Promise<void>)[] = [];
  const config = once(() =>
    loadConfig({
      env,
      ...(global.config === null ? {} : { file: global.config }),
      ...(global.stateDir === null ? {} : { stateDir: global.stateDir }),
    }),
  );
  const environment = once(async () => chooseEnvironment(await config(), global.env ?? undefined));
  const outbox = once(async () =>
    parts.outbox({
      root: (await config()).stateRoot,
      environment: await environment(),
      registry,
      resolve: (ref, name) => secrets.resolve(ref, name),
    }),
  );
  const notifying = notifyingHost(parts.host, {
    environment,
    outbox,
    by: `${parts.operator.user}@${parts.operator.host}`,
    now: () => clock.now(),
  });
  const { host } = notifying;
  const access = once(async () => accessOf(await environment(), (ref, name) => secrets.resolve(ref, name)));
  const dir = once(async () => join((await config()).stateRoot, (await environment()).name));
  const captureKey = once(async () => keyOf(await environment(), (ref, name) => secrets.resolve(ref, name)));
  const maxwellAccess = once(async (): Promise<MysqlAccess> => {
    const { mysql, name } = await environment();
    if (mysql === null) throw noMysql(name);
    return { settings: mysql, password: await secrets.resolve(mysql.password, `environments.${name}.mysql.password`) };
  });
  const cdcReaders = once(async (): Promise<Readers['cdc']> => {
    const { cdc, hosts } = await environment();
    if (typeof cdc === 'string') return null;
    const { createCdcReader } = await import('./services/cdc/reader.ts');
    const { hostReaders } = await import('./services/host/reader.ts');
    const { createMaxwellReader } = await import('./services/maxwell/reader.ts');
    const { prepareEdit } = await import('./services/cdc/edit.ts');
    const { loginAs } = await import('./services/rabbitmq/login.ts');
    const process = createCdcReader(cdc, hostReaders(hosts));
    const prepared = async (to: RepointRequest) =>
      prepareEdit(await process.readConfig(), cdc.config, to, async (user) => {
        const ref = Object.hasOwn(cdc.brokerUsers, user) ? cdc.brokerUsers[user] : undefined;
        if (ref === undefined) return null;
        return secrets.resolve(ref, `environments.${(await environment()).name}.cdc.brokerUsers.${user}.password`);
      });
    return {
      process,
      edit: async (to) => (await prepared(to)).edit,
      login: async (to) => {
        const { edit, password } = await prepared(to);
        return loginAs(await access(), { user: edit.then.user, password, vhost: edit.then.vhost });
      },
      maxwell: createMaxwellReader(maxwellAccess, cdc, async () => {
        const filter = (await process.readConfig()).config.values.get('filter');
        return filter?.known === false ? null : (filter?.value ?? '');
      }),
      target: async () => effectiveTarget((await process.readConfig()).config),
    };
  });
  const dockerReaders = once(async (): Promise<Readers['docker']> => {
    const { createDockerReader } = await import('./services/docker/reader.ts');
    const { hostReaders } = await import('./services/host/reader.ts');
    const { docker, hosts } = await environment();
    const hostOf = hostReaders(hosts);
    return (place) => createDockerReader(place, dockerOf(docker, place.host), hostOf(place.host));
  });
  const componentsReader = once(async () => {
    const { createHealthReader } = await import('./services/components/health.ts');
    const { createProcessReader } = await import('./services/components/process.ts');
    const { hostReaders } = await import('./services/host/reader.ts');
    const hostOf = hostReaders((await environment()).hosts);
    return { ...createHealthReader(hostOf), ...createProcessReader(hostOf, await dockerReaders()) };
  });
  const s3 = once(async (): Promise<Readers['s3']> => {
    const { s3: settings, name } = await environment();
    if (settings === null) return null;
    const { createS3Reader } = await import('./services/s3/reader.ts');
    const { s3Credentials } = await import('./config/s3-credentials.ts');
    const made = new Map<string, S3Reader>();
    closing.push(() => {
      for (const reader of made.values()) reader.close();
      return Promise.resolve();
    });
    return (bucket) => {
      const reader =
        made.get(bucket) ?? createS3Reader({ settings, credentials: s3Credentials(settings, name, secrets) }, bucket);
      made.set(bucket, reader);
      return reader;
    };
  });
  const reconcileReader = once(async (): Promise<Readers['reconcile']> => {
    const { reconcile: settings, timezone } = await environment();
    if (settings === null) return null;
    const { createReconcileReader } = await import('./services/reconcile/reader.ts');
    const { listBuckets } = await import('./services/reconcile/bucket-listing.ts');
    const buckets = await s3();
    const files = buckets === null ? null : listBuckets(buckets);
    return createReconcileReader({ access: maxwellAccess, settings, timezone, files });
  });
  const loadReaders = async (rabbit: Readers['rabbit']): Promise<Readers['loads']> => {
    const { createLoadJobs } = await import('./services/loads/jobs.ts');
    const { createFoundWrites } = await import('./services/loads/found-writes.ts');
    const { countRows } = await import('./services/mysql/count-rows.ts');
    const { hostReaders } = await import('./services/host/reader.ts');
    const chosen = await environment();
    const { timezone, loadTypes, localOffices, components, hosts } = chosen;
    return {
      jobs: createLoadJobs({ components, hostOf: hostReaders(hosts), docker: await dockerReaders() }),
      found: createFoundWrites({
        timezone,
        loadTypes,
        localOffices,
        vhost: chosen.rabbitmq?.vhost ?? '/',
        count: chosen.mysql === null ? null : async (question) => countRows(await maxwellAccess(), question),
        rabbit,
        s3: await s3(),
      }),
    };
  };
  const readers = once(async (): Promise<Readers> => {
    const rabbit = createRabbitReader(await access());
    closing.push(() => rabbit.close());
    const messages = createMessagesReader(await access(), join(await dir(), 'drains'));
    closing.push(() => messages.close());
    return {
      rabbit,
      captures: createCaptureReader(join(await dir(), 'captures'), await captureKey()),
      runs: createRunReader(await dir()),
      messages,
      cdc: await cdcReaders(),
      docker: await dockerReaders(),
      dockerCaptures: createDockerCaptureReader(join(await dir(), 'docker')),
      components: await componentsReader(),
      loads: await loadReaders(rabbit),
      s3: await s3(),
      reconcile: await reconcileReader(),
      clock,
    };
  });
  const deciding = once(async (): Promise<Deciding> => {
    const chosen = await environment();
    return {
      environment: chosen,
      readers: await readers(),
      evaluate,
      resolve: resolveReferences,
      action: (verb) => {
        const action = actionCatalogue.find((candidate) => candidate.verb === verb);
        if (action === undefined)
          throw new Fault({
            code: 'runbook.verb',
            message: `There is no verb ${JSON.stringify(verb)}.`,
            exit: 'usage',
          });
        return action;
      },
      readFacts,
      environmentValue: (name) => environmentValue(chosen, name),
      decides: (name) => factCatalogue.find((fact) => fact.name === name)?.decides ?? false,
    };
  });
  const own = once(async () => (await import('./own-runbooks.ts')).loadOwnRunbooks(global, env, parts.builtIn));
  return {
    host,
    clock,
    version: parts.version,
    operator: parts.operator,
    stop: parts.stop,
    global,
    env,
    environment,
    readers,
    cdc: cdcReaders,
    records: {
      runs: async () => createRunReader(await dir()),
      captures: async () => createCaptureReader(join(await dir(), 'captures'), null),
      describe: async () => {
        const { describeChange } = await import('./terminal/change-text.ts');
        return (change) => describeChange(change).does;
      },
      scrub: async () => {
        const { resolveAll } = await import('./config/secret-refs.ts');
        const unresolved = await resolveAll(await environment(), secrets);
        return { redact: (text) => registry.redact(text), names: registry.names(), unresolved };
      },
      newFile: async (path, force) => (await import('./services/state/new-file.ts')).newFile(path, force),
      reconcile: async () => {
        const reader = await reconcileReader();
        if (reader !== null) return reader;
        const { name } = await environment();
        throw new Fault({
          code: 'reconcile.not-configured',
          message: `Environment ${name} does not say what reconcile compares.`,
          where: `environments.${name}.reconcile`,
          exit: 'usage',
          next: ['esr-ops config schema', 'the README has an example under Reconcile'],
        });
      },
      writeBundle: async (path, content, force) =>
        (await import('./services/bundle/write-bundle.ts')).writeBundle(path, content, force),
    },
    probing: async (limitMs) => {
      const { openProbing } = await import('./probing.ts');
      const secret = (ref: SecretRef, name: string) => secrets.resolve(ref, name);
      const opened = openProbing({
        environment: await environment(),
        dir: await dir(),
        clock,
        secret,
        limitMs,
        s3: await s3(),
      });
      closing.push(() => opened.close());
      return opened.readers;
    },
    s3,
    deciding,
    runbooks: async () => [...parts.builtIn, ...(await own())],
    parseInstant: async () => {
      const { parseInstant } = await import('./config/instant.ts');
      const { timezone } = await environment();
      return (text) => parseInstant(text, { now: clock.now(), timezone, allowBareLocal: false }).epochMs;
    },
    notices: {
      outbox,
      reader: async () =>
        (await import('./services/notify/reader.ts')).createNoticeReader(
          await dir(),
          (await environment()).notify.channels,
        ),
    },
    parseDay: async (text) => {
      const { parseDay } = await import('./config/day.ts');
      return parseDay(text, { now: clock.now(), timezone: (await environment()).timezone });
    },
    messages: async (drain, wanted, showBodies) => {
      const { drainFolder } = await import('./services/messages/messages-reader.ts');
      const { messagesOf } = await import('./services/messages/messages-of.ts');
      await (await readers()).messages.verified(drain);
      return messagesOf(drainFolder(join(await dir(), 'drains'), drain), wanted, showBodies);
    },
    readPlan: async (file) => (await import('./services/state/plan-file.ts')).readPlanFile(file),
    keepPlan: async (file, plan) => (await import('./services/state/plan-file.ts')).writePlanFile(file, plan),
    planSpent: async (plan) => isPlanSpent(await dir(), plan.id),
    place: async () => ({ stateRoot: (await config()).stateRoot, program: parts.program }),
    effects: async () => {
      const chosen = await environment();
      const { mysql } = chosen;
      return parts.effects({
        root: (await config()).stateRoot,
        dir: await dir(),
        environment: chosen,
        readers: await readers(),
        registry,
        host,
        access: await access(),
        captureKey: await captureKey(),
        signal: parts.stop.signal,
        cdcPassword:
          typeof chosen.cdc === 'string'
            ? null
            : cdcPasswordOf(chosen.cdc, chosen.name, (ref, name) => secrets.resolve(ref, name)),
        mysqlPassword:
          mysql === null ? null : () => secrets.resolve(mysql.password, `environments.${chosen.name}.mysql.password`),
      });
    },
    config: {
      show: async () => {
        const found: Config = await config();
        return { config: (await import('./config/show-config.ts')).showConfig(found), file: found.file ?? 'no file' };
      },
      schema: async () => (await import('./config/json-schema.ts')).configJsonSchema(),
      example: () => readFile(join(parts.runbooksFolder, 'example-config.yaml'), 'utf8'),
      check: async () => {
        const { checkEnvironment } = await import('./config/config-check.ts');
        const { readMysqlAccount } = await import('./services/mysql/account.ts');
        const { hostReaders } = await import('./services/host/reader.ts');
        const { checks } = await checkEnvironment(await environment(), {
          secrets,
          env,
          stateRoot: (await config()).stateRoot,
          rabbit: (settings, password) => {
            const reader = createRabbitReader({ ...settings, password });
            closing.push(() => reader.close());
            return reader;
          },
          mysql: (settings, password) => readMysqlAccount({ settings, password }),
          host: hostReaders((await environment()).hosts),
          now: clock.now(),
          s3,
        });
        return checks;
      },
    },
    signatures: parts.signatures,
    errorWatch: async () => {
      const { openErrorWatch } = await import('./probing.ts');
      return openErrorWatch(await environment(), await cdcReaders(), await parts.signatures());
    },
    readLog: async (path, take) =>
      (await import('./services/logs/log-lines.ts')).readLogLines(path, process.stdin, take),
    lintRunbooks: async (paths) => (await import('./own-runbooks.ts')).lintPaths(paths, parts.runbooksFolder),
    checklist: async (runbook) => (await import('./runbook/checklist.ts')).checklist(runbook),
    close: async () => {
      await notifying.end();
      for (const end of closing) await end();
    },
  };
}

function noMysql(environment: string): Fault {
  return new Fault({
    code: 'config.no-mysql',
    message: `Environment ${environment} has no mysql section, and CDC's position is in its database.`,
    where: `environments.${environment}.mysql`,
    exit: 'usage',
    next: ['esr-ops config schema'],
  });
}

type Resolve = (ref: import('./core/environment.ts').SecretRef, name: string) => Promise<string>;

function accessOf(environment: Environment, resolve: Resolve): RabbitAccess {
  const { rabbitmq, name } = environment;
  if (rabbitmq === null) {
    throw new Fault({
      code: 'config.no-rabbitmq',
      message: `Environment ${name} has no rabbitmq section.`,
      where: `environments.${name}.rabbitmq`,
      exit: 'usage',
      next: ['esr-ops config schema'],
    });
  }
  return { ...rabbitmq, password: () => resolve(rabbitmq.password, `environments.${name}.rabbitmq.password`) };
}

function cdcPasswordOf(cdc: ControlledCdc, environment: string, resolve: Resolve): () => Promise<string> {
  return () => resolve(cdc.mysql.password, `environments.${environment}.cdc.mysql.password`);
}

function keyOf(environment: Environment, resolve: Resolve): (() => Promise<string>) | null {
  const { key } = environment.capture;
  return key === null ? null : () => resolve(key, `environments.${environment.name}.capture.key`);
}

function once<T>(make: () => T | Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= Promise.resolve().then(make));
}

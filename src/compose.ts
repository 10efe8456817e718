import { join } from 'node:path';
import type { Composition, Effects } from './cli/composition.ts';
import type { GlobalOptions } from './cli/invocation.ts';
import { notifyingHost } from './cli/notifying-host.ts';
import type { Host } from './core/host.ts';
import type { Operator } from './core/journal.ts';
import type { NoticeOutbox } from './core/notice.ts';
import type { Clock } from './core/ports.ts';
import type { StopSignal } from './core/run.ts';
import type { Runbook } from './core/runbook.ts';
import type { SecretRegistry } from './core/secret-registry.ts';
import type { Remembered } from './core/remembered.ts';
import { decidingWithoutSecrets } from './core/without-secrets.ts';
import type { Scenarios } from './core/scenario.ts';
import type { Signature } from './core/signature.ts';
import type { EffectsWiring, OutboxWiring } from './open-effects.ts';
import { configCommands } from './opening/config-commands.ts';
import { decidingWith } from './opening/deciding.ts';
import { once } from './opening/once.ts';
import { openReaders } from './opening/readers.ts';
import { recordKeeping } from './opening/record-keeping.ts';
import { openSettings } from './opening/settings.ts';
import { isPlanSpent } from './services/state/runs-reader.ts';

/** What the composition root hands over: everything that reads is made here, what changes is opened by `effects`. */
export interface Parts {
  readonly global: GlobalOptions;
  readonly host: Host;
  readonly version: string;
  readonly registry: SecretRegistry;
  readonly stop: StopSignal;
  readonly hold: Composition['hold'];
  readonly clock: Clock;
  readonly operator: Operator;
  readonly builtIn: readonly Runbook[];
  /** Folder of the built-in runbooks. */
  readonly runbooksFolder: string;
  /** The built-in signatures. */
  readonly signatures: () => Promise<readonly Signature[]>;
  /** The built-in scenarios. */
  readonly scenarios: () => Promise<Scenarios>;
  readonly program: readonly [string, ...string[]];
  readonly effects: (wiring: EffectsWiring) => Promise<Effects>;
  readonly outbox: (wiring: OutboxWiring) => Promise<NoticeOutbox>;
  readonly keepLooks: (root: string, environment: string, remembered: Remembered) => Promise<void>;
}

/** Wires readers and settings, each opened when it is first asked for. Nothing in here can change anything. */
export function compose(parts: Parts): Composition & { close(): Promise<void> } {
  const { global, registry, clock } = parts;
  const { env } = process;
  const closing: (() => Promise<void>)[] = [];
  const settings = openSettings(global, registry, env);
  const { config, environment, dir, resolve, nearSecrets } = settings;
  const opened = openReaders(settings, clock, closing);
  const readers = opened.all;
  const outbox = once(async () =>
    parts.outbox({ root: (await config()).stateRoot, environment: await environment(), registry, resolve }),
  );
  const notifying = notifyingHost(parts.host, {
    environment,
    outbox,
    by: `${parts.operator.user}@${parts.operator.host}`,
    now: () => clock.now(),
  });
  const { host } = notifying;
  const own = once(async () => (await import('./own-runbooks.ts')).loadOwnRunbooks(global, env, parts.builtIn));
  return {
    host,
    clock,
    version: parts.version,
    operator: parts.operator,
    stop: parts.stop,
    hold: parts.hold,
    global,
    env,
    environment,
    readers,
    cdc: opened.cdc,
    records: recordKeeping(settings, opened.reconcile, registry),
    looksMemory: {
      read: async () => (await import('./services/state/looks-file.ts')).readLooks(await dir()),
      keep: async (remembered) => parts.keepLooks((await config()).stateRoot, (await environment()).name, remembered),
    },
    probing: async (limitMs) => {
      const { openProbing } = await import('./probing.ts');
      await nearSecrets();
      const probing = openProbing({
        environment: await environment(),
        dir: await dir(),
        clock,
        secret: resolve,
        limitMs,
        s3: await opened.s3(),
      });
      closing.push(() => probing.close());
      return probing.readers;
    },
    s3: opened.s3,
    deciding: once(async () => {
      await nearSecrets();
      const deciding = decidingWith(await environment(), await readers());
      return decidingWithoutSecrets(deciding, (text) => registry.redact(text));
    }),
    runbooks: async () => [...parts.builtIn, ...(await own())],
    runbookOf: async (command) => {
      const isIt = (runbook: Runbook): boolean => runbook.command === command;
      return parts.builtIn.find(isIt) ?? (await own()).find(isIt);
    },
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
    effects: async () =>
      parts.effects({
        root: (await config()).stateRoot,
        dir: await dir(),
        environment: await environment(),
        readers: await readers(),
        registry,
        host,
        access: await settings.access(),
        captureKey: await settings.captureKey(),
        signal: parts.stop.signal,
        cdcPassword: await settings.cdcPassword(),
        mysqlPassword: await settings.mysqlPassword(),
      }),
    config: configCommands(settings, opened.s3, { clock, env, runbooksFolder: parts.runbooksFolder, closing }),
    signatures: parts.signatures,
    scenarios: parts.scenarios,
    errorWatch: async () => {
      const { openErrorWatch } = await import('./probing.ts');
      return openErrorWatch(await environment(), await opened.cdc(), await parts.signatures());
    },
    readLog: async (path, take) =>
      (await import('./services/logs/log-lines.ts')).readLogLines(path, process.stdin, take),
    lintRunbooks: async (paths) => (await import('./lint-paths.ts')).lintPaths(paths, parts.runbooksFolder),
    checklist: async (runbook) => (await import('./runbook/checklist.ts')).checklist(runbook),
    close: async () => {
      await notifying.end();
      for (const end of closing) await end();
    },
  };
}

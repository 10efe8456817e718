import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Composition, Effects } from './cli/composition.ts';
import type { GlobalOptions } from './cli/invocation.ts';
import { exitCodes, stoppedStatus, type ExitName } from './core/exit-codes.ts';
import { Fault, type Problem } from './core/fault.ts';
import type { Host } from './core/host.ts';
import type { Json } from './core/json.ts';
import type { Clock, Readers, Writers } from './core/ports.ts';
import type { Runbook } from './core/runbook.ts';
import { createSecretRegistry, type SecretRegistry } from './core/secret-registry.ts';

/**
 * The program: argv to exit code. The only place that wires writers, and it does so only when something is going to
 * be changed: a dry run loads neither src/apply nor any writer.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const version = await ownVersion();
  if (argv[0] === '--version' || argv[0] === '-V') {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (argv[0] === 'lab-supervisor' || argv[0] === 'lab-program') return await labProcess(argv);
  const ended = await run(argv, version);
  return ended === 'stopped' ? stoppedStatus : exitCodes[ended].code;
}

async function run(argv: readonly string[], version: string): Promise<ExitName | 'stopped'> {
  const registry = createSecretRegistry();
  const stop = stopSignal();
  let host: Host | null = null;
  let close: () => Promise<void> = () => Promise.resolve();
  const { globalsOf, parseCommandLine } = await import('./cli/command-line.ts');
  const openHost = async (global: GlobalOptions): Promise<Host> =>
    (host ??= await createHost(global, version, registry));
  try {
    const early = globalsOf(argv);
    const builtIn = await builtInRunbooks();
    const own =
      early.runbooks.length > 0 || needsConfiguredRunbooks(argv, builtIn) ? await ownRunbooks(early, builtIn) : [];
    const parsed = parseCommandLine(argv, [...builtIn, ...own], {
      version,
      writeOut: (text) => void process.stdout.write(text),
    });
    if (parsed.is === 'shown') return 'done';
    const { global, invocation } = parsed.line;
    const opened = await openHost(global);
    const { compose } = await import('./compose.ts');
    const composition = compose({
      global,
      host: opened,
      version,
      registry,
      stop: stop.signal,
      clock,
      operator: operator(),
      builtIn,
      program: thisProgram(),
      runbooksFolder: fileURLToPath(new URL('../runbooks', import.meta.url)),
      effects: (wiring) => {
        stop.changing = true;
        return openEffects(wiring);
      },
    });
    close = () => composition.close();
    stop.say = (after) => opened.say({ code: 'run.stopping', payload: { after } });
    const { dispatch } = await import('./cli/dispatch.ts');
    return await Promise.race([dispatch(composition, invocation), stop.beforeChanges()]);
  } catch (error) {
    const shown = await openHost(globalsOf(argv));
    const problems = problemsOf(error);
    for (const problem of problems) shown.say({ code: 'problem', payload: { problem } });
    return stop.signal.requested() ? 'interrupted' : problems[0].exit;
  } finally {
    stop.end();
    await close();
    await (host as Host | null)?.close();
  }
}

/** Everything that can change anything, imported here and nowhere else, and only when it is called. */
async function openEffects(wiring: EffectsWiring): Promise<Effects> {
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
    { createLocalWriter },
    { createPositionWriter },
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
  ]);
  const { root, dir, environment, readers, registry, host, access, captureKey, mysqlPassword } = wiring;
  // The state folder itself too: whoever can rename what is in it could put another environment's folder in place.
  await (await import('./services/state/folders.ts')).ensureFolder(root, environment.name);
  const writers = {
    rabbit: createRabbitWriter(access),
    captures: createCaptureWriter(join(dir, 'captures'), {
      secrets: environment.capture.secrets,
      secretKey: captureKey,
    }),
    broker: createBrokerControl(environment),
    messages: createMessagesWriter(access, join(dir, 'drains'), clock, environment.cdcMessages),
    cdc: cdcWriters(wiring, createCdcWriter, createLocalWriter, createPositionWriter),
  };
  const holder = (name: string) => ({ ...operator(), run: name, since: new Date().toISOString() });
  return {
    applier: (name) =>
      createApplier({
        run: name,
        environment,
        readers,
        writers,
        progress: (progress) => host.progress(progress),
        signal: wiring.signal,
      }),
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
  { environment: { cdc, mysql }, cdcPassword }: EffectsWiring,
  createCdcWriter: typeof import('./services/cdc/writer.ts').createCdcWriter,
  createLocalWriter: typeof import('./services/host/writer.ts').createLocalWriter,
  createPositionWriter: typeof import('./services/maxwell/position-writer.ts').createPositionWriter,
): Writers['cdc'] {
  if (typeof cdc === 'string' || mysql === null || cdcPassword === null) return null;
  const access = async () => ({ settings: { ...mysql, user: cdc.mysql.user }, password: await cdcPassword() });
  return {
    process: createCdcWriter(cdc, () => createLocalWriter()),
    positions: createPositionWriter(access, cdc.schemaDatabase),
  };
}

const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    const { setTimeout: sleep } = await import('node:timers/promises');
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  },
};

function operator(): { readonly user: string; readonly host: string; readonly pid: number } {
  return { user: userInfo().username, host: hostname(), pid: process.pid };
}

/** Ctrl-C, SIGTERM and a closed terminal: the first asks to stop at the next boundary; bin leaves at the second. */
function stopSignal() {
  const controller = new AbortController();
  const state: { say: (after: string) => void; changing: boolean } = { say: () => undefined, changing: false };
  const onSignal = (): void => {
    if (!controller.signal.aborted && state.changing) state.say('the change that is under way');
    controller.abort(new Fault({ code: 'interrupted', message: 'Interrupted.', exit: 'interrupted' }));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return Object.assign(state, {
    signal: { requested: () => controller.signal.aborted, signal: controller.signal },
    /** Rejects at a signal as long as nothing can have been changed: reading is left at once. */
    beforeChanges: () =>
      new Promise<never>((_, reject) => {
        controller.signal.addEventListener('abort', () => {
          if (!state.changing) reject(controller.signal.reason as Fault);
        });
      }),
    end: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  });
}

async function createHost(global: GlobalOptions, version: string, registry: SecretRegistry): Promise<Host> {
  const terminal = await import('./terminal/create-host.ts');
  return terminal.createHost({
    output: global.output,
    input: global.input,
    color: global.color ? 'auto' : 'never',
    streams: process,
    env: process.env,
    clock,
    timezone: 'Europe/London',
    redact: (text) => registry.redact(text),
    version,
  });
}

function problemsOf(error: unknown): readonly [Problem, ...Problem[]] {
  if (error instanceof Fault) return error.problems;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const shown = process.env['ESR_OPS_DEBUG'] === undefined ? {} : { details: { stack } };
  return [
    {
      code: 'bug',
      message: `This should not happen: ${error instanceof Error ? error.message : String(error)}`,
      exit: 'failed',
      next: ['run it again with ESR_OPS_DEBUG=1 and report what it prints'],
      ...shown,
    },
  ];
}

async function builtInRunbooks(): Promise<readonly Runbook[]> {
  const { readIndex } = await import('./runbook/index-file.ts');
  const file = fileURLToPath(new URL('./runbooks.json', import.meta.url));
  return readIndex(JSON.parse(await readFile(file, 'utf8')) as Json);
}

/** Runbook folders of the configuration are only looked into when the command is none of the built-in ones. */
function needsConfiguredRunbooks(argv: readonly string[], builtIn: readonly Runbook[]): boolean {
  const words = argv.filter((word) => !word.startsWith('-')).join(' ');
  const known = [
    'apply',
    'resume',
    'runs',
    'runbook',
    'config',
    'completion',
    'maxwell locate',
    'maxwell preview',
    'maxwell status',
    'lab',
    'rehearse',
    'help',
    ...builtIn.map((runbook) => runbook.command),
  ];
  return (
    words.startsWith('runbook list') ||
    words.startsWith('runbook show') ||
    words.startsWith('apply') ||
    words.startsWith('resume') ||
    (words !== '' && !known.some((command) => words.includes(command)))
  );
}

async function ownRunbooks(global: GlobalOptions, builtIn: readonly Runbook[]): Promise<readonly Runbook[]> {
  const { loadOwnRunbooks } = await import('./own-runbooks.ts');
  return await loadOwnRunbooks(global, process.env, builtIn);
}

/** The argv that starts this program again: for a lab's processes and rehearsals. */
function thisProgram(): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, fileURLToPath(new URL('../bin/esr-ops.mjs', import.meta.url))];
}

async function ownVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

/** Hidden commands of a lab: its supervisor and its load. Their configuration comes on standard input, never in argv. */
async function labProcess([command, name = '']: readonly string[]): Promise<number> {
  const reply = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  if (command === 'lab-supervisor') await (await import('./lab/run-supervisor.ts')).runSupervisor(process.stdin, reply);
  else return (await import('./lab/programs/run-lab-program.ts')).runLabProgram(name, process.stdin, reply);
  return 0;
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

export type { Composition };

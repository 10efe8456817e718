import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Composition } from './cli/composition.ts';
import type { GlobalOptions } from './cli/invocation.ts';
import { rehearsalWitness, type RehearsalWitness } from './cli/rehearsal-witness.ts';
import { exitCodes, stoppedStatus, type ExitName } from './core/exit-codes.ts';
import { Fault, type Problem } from './core/fault.ts';
import type { Host } from './core/host.ts';
import type { Json } from './core/json.ts';
import type { Runbook } from './core/runbook.ts';
import { unwitnessed } from './core/rehearsal.ts';
import type { Scenarios } from './core/scenario.ts';
import type { Signature } from './core/signature.ts';
import { createSecretRegistry, type SecretRegistry } from './core/secret-registry.ts';
import { keepLooks, openEffects, openOutbox } from './open-effects.ts';
import { stopSignal } from './stop-signal.ts';
import { clock, operator } from './this-process.ts';

/**
 * The program: argv to exit code. Writers are wired in open-effects.ts and nowhere else, and only when something is
 * going to be changed: a dry run loads neither src/apply nor any writer.
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
  const made: {
    witness: RehearsalWitness | null;
    composition: ReturnType<typeof import('./compose.ts').compose> | null;
  } = { witness: null, composition: null };
  const { globalsOf, parseCommandLine } = await import('./cli/command-line.ts');
  const openHost = async (global: GlobalOptions): Promise<Host> =>
    (host ??= await createHost(global, version, registry));
  const carryOut = async (): Promise<ExitName | 'stopped'> => {
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
    if (invocation.is === 'runbook.list') {
      // What asks no server loads nothing that could.
      const { listRunbooks } = await import('./cli/commands/runbooks.ts');
      return await listRunbooks({ host: opened, runbooks: () => Promise.resolve([...builtIn, ...own]) });
    }
    const { compose } = await import('./compose.ts');
    const witness = rehearsalWitness(opened, invocation, clock.now());
    made.witness = witness;
    const composition = compose({
      global,
      host: witness.host,
      version,
      registry,
      stop: stop.signal,
      hold: (work) => {
        stop.changing = true;
        stop.work = work;
      },
      clock,
      operator: operator(),
      builtIn,
      signatures: builtInSignatures,
      scenarios: builtInScenarios,
      program: thisProgram(),
      runbooksFolder: fileURLToPath(new URL('../runbooks', import.meta.url)),
      outbox: openOutbox,
      keepLooks,
      effects: (wiring) => {
        // Reading was left, and this was said: what then comes to its end must not begin to change anything.
        if (!stop.changing) stop.signal.signal.throwIfAborted();
        stop.changing = true;
        return openEffects(wiring);
      },
    });
    made.composition = composition;
    stop.say = (after) => opened.say({ code: 'run.stopping', payload: { after } });
    const { dispatch } = await import('./cli/dispatch.ts');
    return await Promise.race([dispatch(composition, invocation), stop.beforeChanges()]);
  };
  try {
    const ended = await carryOut().catch(async (error: unknown) => {
      const shown = made.witness?.host ?? (await openHost(globalsOf(argv)));
      const problems = problemsOf(error);
      for (const problem of problems) shown.say({ code: 'problem', payload: { problem } });
      return stop.signal.requested() ? 'interrupted' : problems[0].exit;
    });
    if (made.witness !== null && made.composition !== null)
      await noteForRehearsal(made.witness, made.composition, ended);
    return ended;
  } finally {
    stop.end();
    await made.composition?.close();
    await (host as Host | null)?.close();
  }
}

/** Where somebody rehearses in a lab, what was typed against it is written down for the debrief; elsewhere nothing is. */
async function noteForRehearsal(
  witness: RehearsalWitness,
  composition: Composition,
  ended: ExitName | 'stopped',
): Promise<void> {
  const record = process.env[unwitnessed] === undefined ? witness.record(ended, clock.now()) : null;
  if (record === null) return;
  try {
    const { name } = await composition.environment();
    if (!/^lab(-|$)/.test(name)) return;
    const { noteInRehearsal } = await import('./lab/rehearsal-log.ts');
    await noteInRehearsal((await composition.place()).stateRoot, name === 'lab' ? 'default' : name.slice(4), record);
  } catch {
    // A command whose environment can't be read is about none; and what was done matters more than its record.
  }
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

/** Checked when the program was built, and part of it. */
async function builtInSignatures(): Promise<readonly Signature[]> {
  const file = fileURLToPath(new URL('./signatures.json', import.meta.url));
  return JSON.parse(await readFile(file, 'utf8')) as readonly Signature[];
}

/** What can be rehearsed: checked when the program was built, too. */
async function builtInScenarios(): Promise<Scenarios> {
  const file = fileURLToPath(new URL('./scenarios.json', import.meta.url));
  return JSON.parse(await readFile(file, 'utf8')) as Scenarios;
}

/** Runbook folders of the configuration are only looked into when the command is none of the built-in ones. */
function needsConfiguredRunbooks(argv: readonly string[], builtIn: readonly Runbook[]): boolean {
  const words = argv.filter((word) => !word.startsWith('-')).join(' ');
  const known = [
    'apply',
    'resume',
    'runs',
    'report',
    'reconcile',
    'runbook',
    'config',
    'completion',
    'status',
    'diagnose',
    'vhost captures',
    'vhost drains',
    'vhost messages',
    'maxwell locate',
    'maxwell preview',
    'maxwell status',
    'schedule',
    'explain',
    'etl list',
    'etl explain',
    'etl status',
    's3 check',
    'notify',
    'lab',
    'rehearse',
    'help',
    ...builtIn.map((runbook) => runbook.command),
  ];
  return (
    words.startsWith('runbook list') ||
    words.startsWith('runbook show') ||
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
async function labProcess([command, name = '', file = '', ...words]: readonly string[]): Promise<number> {
  const reply = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  if (name === 'service') await (await import('./lab/docker/run-service.ts')).runService(file);
  else if (name === 'etl') {
    const [loadType = '', date = '', office = null] = words;
    return await (await import('./lab/programs/etl.ts')).runLabEtl(file, { loadType, date, office }, reply);
  } else if (command === 'lab-supervisor')
    await (await import('./lab/run-supervisor.ts')).runSupervisor(process.stdin, reply);
  else return (await import('./lab/programs/run-lab-program.ts')).runLabProgram(name, process.stdin, reply);
  return 0;
}

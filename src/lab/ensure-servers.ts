import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../core/fault.ts';
import {
  findProgram,
  lookForPart,
  partKinds,
  serverParts,
  thisMachine,
  type Machine,
  type PartStatus,
  type ServerPart,
} from './server-parts.ts';
import { withoutServiceStarts } from './without-service-starts.ts';

/** What is needed, and how to talk to the person, if there is one. */
export interface ServerNeeds {
  /** Parts without which nothing works; installed where that is possible. */
  readonly required: readonly ServerPart[];
  /** Asks a yes/no question at a terminal; undefined when there is none: then what is missing is installed unasked. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  /** Takes one line of progress. */
  readonly say: (line: string) => void;
  /** Default: this machine. */
  readonly machine?: Machine;
}

/** Parts that a lab can install by itself; the others must be there already. */
const installable: readonly ServerPart[] = ['rabbitmq', 'mariadb', 'docker', 'sshd', 'test-tools', 'shells'];

/**
 * Makes sure of the servers that a lab needs: says what is missing and installs it from the distribution on Debian, as
 * root or with a sudo that asks for no password. Returns the status of every part, so that the caller can say what was
 * not run and why.
 *
 * `ESR_OPS_REQUIRE=docker,maven` in the environment makes further parts required.
 *
 * @throws Fault `unreachable` with the command to type when something required is missing and can't be installed
 * here; `declined` when the answer was no; `usage` when ESR_OPS_REQUIRE names an unknown part.
 */
export async function ensureServers(needs: ServerNeeds): Promise<readonly PartStatus[]> {
  const machine = needs.machine ?? thisMachine();
  const required = [...new Set([...needs.required, ...requiredByEnvironment(machine)])];
  const missing = required.filter((part) => !lookForPart(machine, part).present);
  if (missing.length > 0) {
    for (const part of missing) needs.say(`Missing: ${lookForPart(machine, part).because}.`);
    await install(missing, machine, needs);
    const still = missing.map((part) => lookForPart(machine, part)).find((status) => !status.present);
    if (still !== undefined) throw cannotInstall([still.part], `it was installed, but ${still.because}`);
  }
  return serverParts.map((part) => lookForPart(machine, part));
}

function requiredByEnvironment(machine: Machine): readonly ServerPart[] {
  const names = (machine.env['ESR_OPS_REQUIRE'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.map((name) => {
    const part = serverParts.find((known) => known === name);
    if (part !== undefined) return part;
    throw new Fault({
      code: 'lab.unknown-part',
      message: `ESR_OPS_REQUIRE names '${name}', which is not one of ${serverParts.join(', ')}.`,
      exit: 'usage',
    });
  });
}

async function install(parts: readonly ServerPart[], machine: Machine, { ask, say }: ServerNeeds): Promise<void> {
  const aptGet = findProgram(machine, 'apt-get');
  if (aptGet === undefined) throw cannotInstall(parts, 'this is not a Debian machine (no apt-get)');
  if (!parts.every((part) => installable.includes(part))) throw cannotInstall(parts, 'esr-ops does not install it');
  const asRoot = await rootPrefix(machine);
  if (asRoot === undefined) throw cannotInstall(parts, 'that needs root, and sudo would ask for a password');

  const packages = packagesOf(parts);
  say(`To be installed from the distribution: ${packages.join(' ')} (no system service is started).`);
  if (ask !== undefined && !(await ask(`Install ${packages.join(' ')} now?`))) {
    throw new Fault({
      code: 'lab.install-declined',
      message: `Not installed: ${packages.join(' ')}. Nothing was changed.`,
      next: [installCommand(parts)],
      exit: 'declined',
    });
  }

  const apt = async (...words: string[]): Promise<{ readonly failed: boolean; readonly output: string }> => {
    const [file = '', ...args] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', aptGet, ...words];
    const done = await execa(file, args, { reject: false, all: true, stdin: 'ignore' });
    return { failed: done.failed, output: done.all };
  };
  if ((await apt('install', '--simulate', '--no-install-recommends', '--no-remove', ...packages)).failed) {
    say('The list of packages is being brought up to date.');
    await apt('update');
  }
  const { result, interrupted } = await deferringSignals(() =>
    withoutServiceStarts(join(machine.root, '/usr/sbin/policy-rc.d'), asRoot, () =>
      apt('install', '-y', '--no-install-recommends', '--no-remove', ...packages),
    ),
  );
  if (interrupted) {
    throw new Fault({
      code: 'lab.install-interrupted',
      message: `Interrupted while ${packages.join(' ')} was being installed; packages may be there already.`,
      next: [installCommand(parts)],
      exit: 'interrupted',
    });
  }
  if (result.failed) throw cannotInstall(parts, result.output.trim().split('\n').slice(-3).join(' '));
  say(`Installed: ${packages.join(' ')}.`);
}

async function rootPrefix(machine: Machine): Promise<readonly string[] | undefined> {
  if (machine.uid === 0) return [];
  const sudo = findProgram(machine, 'sudo');
  if (sudo === undefined) return undefined;
  const may = await execa(sudo, ['-n', 'true'], { reject: false, stdin: 'ignore' });
  return may.failed ? undefined : [sudo, '-n'];
}

/** Half-done installations and a left-behind policy file are worse than a late answer to Ctrl-C. */
async function deferringSignals<T>(work: () => Promise<T>): Promise<{ result: T; interrupted: boolean }> {
  let interrupted = false;
  const note = (): void => {
    interrupted = true;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, note);
  try {
    const result = await work();
    return { result, interrupted };
  } finally {
    for (const signal of signals) process.off(signal, note);
  }
}

function packagesOf(parts: readonly ServerPart[]): readonly string[] {
  return parts.flatMap((part) => partKinds[part].packages);
}

function installCommand(parts: readonly ServerPart[]): string {
  return `sudo apt-get install --no-install-recommends ${packagesOf(parts).join(' ')}`;
}

function cannotInstall(parts: readonly ServerPart[], why: string): Fault {
  return new Fault({
    code: 'lab.server-missing',
    message: `Needed here and not installed: ${parts.join(', ')}; ${why}.`,
    next: [installCommand(parts)],
    exit: 'unreachable',
  });
}

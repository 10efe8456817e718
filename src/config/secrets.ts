import { open } from 'node:fs/promises';
import { execa } from 'execa';
import type { SecretRef } from '../core/environment.ts';
import { Fault, type Problem } from '../core/fault.ts';
import { createSecretRegistry, type SecretRegistry } from '../core/secret-registry.ts';
import { visible } from '../core/visible.ts';
import { readBounded } from '../services/state/read-bounded.ts';
import { systemErrorText } from '../services/state/system-error.ts';

/** Resolves references to secrets. */
export interface Secrets {
  /**
   * The value that a reference stands for, resolved once. `name` is its place in the configuration, such as
   * `environments.prod.rabbitmq.password`: it names the secret in messages. Faults name the reference, never the
   * value: `secret.not-set`, `secret.unreadable`, `secret.empty` (exit usage), `secret.command-failed` (unreachable).
   */
  resolve(ref: SecretRef, name: string): Promise<string>;
  readonly registry: SecretRegistry;
  /** What was noticed while resolving: files that others can read, values too short to be searched for. */
  warnings(): readonly Problem[];
}

/** What resolving needs. */
export interface SecretsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registry?: SecretRegistry;
  /** Milliseconds for a command. Default 10,000. */
  readonly commandMs?: number;
}

/** Largest secret, in bytes. */
const largest = 64 * 1024;

/** Nothing is resolved before it is asked for. */
export function createSecrets({ env, registry = createSecretRegistry(), commandMs = 10_000 }: SecretsOptions): Secrets {
  const resolved = new Map<string, Promise<string>>();
  const openFiles = new Map<string, Problem>();

  const read = async (ref: SecretRef, name: string): Promise<string> => {
    if ('env' in ref) return fromEnvironment(env, ref.env, name);
    if ('command' in ref) return fromCommand(ref.command, name, { env, registry, commandMs });
    const { value, mode } = await fromFile(ref.file, name);
    if ((mode & 0o077) !== 0) openFiles.set(ref.file, openFile(ref.file, name, mode));
    return value;
  };

  return {
    registry,
    async resolve(ref, name) {
      const key = JSON.stringify(ref);
      const pending = resolved.get(key) ?? read(ref, name);
      resolved.set(key, pending);
      try {
        const value = await pending;
        registry.register(name, value);
        return value;
      } catch (error) {
        resolved.delete(key);
        throw error;
      }
    },
    warnings: () => [...openFiles.values(), ...registry.shortNames().map((name) => tooShort(name))],
  };
}

function fromEnvironment(env: SecretsOptions['env'], variable: string, name: string): string {
  const value = env[variable];
  if (value !== undefined && value !== '') return value;
  const state = value === undefined ? 'not set' : 'empty';
  throw fault('not-set', `The environment variable ${variable} is ${state}; ${name} is taken from it.`, name, [
    `set ${variable}`,
  ]);
}

async function fromFile(path: string, name: string): Promise<{ value: string; mode: number }> {
  let content: string;
  let mode: number;
  try {
    const handle = await open(path, 'r');
    try {
      mode = (await handle.stat()).mode & 0o777;
      content = (await readBounded(handle, largest)).toString('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fault(
      'unreadable',
      `The file ${path} can't be read (${systemErrorText(error)}); ${name} is taken from it.`,
      name,
    );
  }
  // Editors and `echo` end a file with a line end that is not part of the secret.
  const value = content.replace(/\r?\n$/, '');
  if (value === '') throw fault('empty', `The file ${path} is empty; ${name} is taken from it.`, name);
  return { value, mode };
}

async function fromCommand(
  [program, ...args]: readonly [string, ...string[]],
  name: string,
  { env, registry, commandMs }: { env: SecretsOptions['env']; registry: SecretRegistry; commandMs: number },
): Promise<string> {
  const { failed, timedOut, code, exitCode, signal, stdout, stderr } = await execa(program, args, {
    reject: false,
    stdin: 'ignore',
    timeout: commandMs,
    forceKillAfterDelay: 500,
    maxBuffer: largest,
    env,
    extendEnv: false,
  });
  const value = stdout.split(/\r?\n/, 1)[0] ?? '';
  if (value !== '') registry.register(name, value);
  if (!failed && value !== '') return value;
  const why = timedOut
    ? `did not answer within ${commandMs / 1_000} s`
    : code !== undefined && exitCode === undefined
      ? `can't be run (${code})`
      : failed
        ? `ended with ${exitCode === undefined ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`}`
        : 'gave no output';
  throw new Fault({
    code: 'secret.command-failed',
    message: `The program ${visible(program)} ${why}; ${name} is taken from it.${errorOutput(stderr, value, registry)}`,
    where: name,
    exit: 'unreachable',
    next: [`run it by hand: ${[program, ...args].map((part) => visible(part)).join(' ')}`],
  });
}

/** A program that complains may repeat the secret; then none of it is shown. */
function errorOutput(stderr: string, value: string, registry: SecretRegistry): string {
  if (stderr.trim() === '') return '';
  if ((value !== '' && stderr.includes(value)) || registry.findIn(stderr) !== null)
    return ' Its error output is not shown, because it holds a secret.';
  return ` It said: ${visible(stderr.trim().slice(-300))}`;
}

function openFile(path: string, name: string, mode: number): Problem {
  return {
    code: 'secret.open-file',
    message: `The file ${path} with ${name} is open to other users (mode ${mode.toString(8)}).`,
    where: name,
    exit: 'findings',
    next: [`chmod 600 ${path}`],
  };
}

function tooShort(name: string): Problem {
  return {
    code: 'secret.too-short',
    message: `${name} has fewer than 8 characters: it is easily guessed, and records and output can't be searched for it.`,
    where: name,
    exit: 'findings',
    next: ['choose a longer one'],
  };
}

function fault(code: string, message: string, where: string, next: readonly string[] = []): Fault {
  return new Fault({ code: `secret.${code}`, message, where, exit: 'usage', next: [...next, 'esr-ops config check'] });
}

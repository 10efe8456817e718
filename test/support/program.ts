import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { inject } from 'vitest';
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/core/json.ts';
import { servers } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `bin/esr-ops.mjs` of the program that was built for this test run. */
    program: string;
  }
}

/** The built program's entry: the bundle that users get. */
export function programFile(): string {
  return inject('program');
}

/** An environment of the shared servers, with a state folder of its own. */
export interface TestEnvironment {
  readonly home: string;
  /** `<state>/esr-ops/test`: runs/ and captures/ are in it. */
  readonly dir: string;
  /** Environment variables that every run of the program gets. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** Changes to the environment of the configuration; a section replaces the whole default one. */
export type EnvironmentChanges = Readonly<Record<string, unknown>>;

/** Writes a configuration with the environment `test` for one vhost of the shared broker. */
export async function testEnvironment(vhost: string, changes: EnvironmentChanges = {}): Promise<TestEnvironment> {
  const { rabbit, mariadb } = servers();
  const home = await mkdtemp(join(tmpdir(), 'esr-ops-env-'));
  const secret = async (name: string, value: string) => {
    await writeFile(join(home, name), value, { mode: 0o600 });
    return { file: join(home, name) };
  };
  const config = {
    version: 1,
    environments: {
      test: {
        cdc: 'none',
        rabbitmq: {
          management: rabbit.managementUrl,
          amqp: rabbit.amqpUrl,
          user: rabbit.user,
          password: await secret('rabbitmq-password', rabbit.password),
          vhost,
          expected: { consumers: 0 },
        },
        mysql: {
          host: mariadb.host,
          port: mariadb.port,
          user: mariadb.reader.user,
          password: await secret('mysql-password', mariadb.reader.password),
        },
        capture: { secrets: 'encrypt', key: await secret('capture-key', 'a-key-for-tests-0123456789') },
        ...changes,
      },
    },
  };
  await writeFile(join(home, 'config.yaml'), stringify(config), { mode: 0o600 });
  const env = {
    XDG_STATE_HOME: join(home, 'state'),
    ESR_OPS_CONFIG: join(home, 'config.yaml'),
    HOME: home,
    NO_COLOR: '1',
    LANG: 'C.UTF-8',
  };
  return {
    home,
    dir: join(home, 'state', 'esr-ops', 'test'),
    env,
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

/** What a run of the program left behind. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON lines of `--output json`; empty otherwise. */
  readonly lines: readonly JsonObject[];
}

/** Runs the program without a terminal. `input` undefined: stdin is closed at once. */
export async function esrOps(
  args: readonly string[],
  environment: Pick<TestEnvironment, 'env'>,
  options: {
    readonly input?: string;
    readonly nodeArgs?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    /** After so many milliseconds it is asked to stop (SIGTERM). Default two minutes. */
    readonly atMostMs?: number;
  } = {},
): Promise<Ended> {
  const { exitCode, stdout, stderr, signal } = await execa(
    process.execPath,
    [...(options.nodeArgs ?? []), programFile(), ...args],
    {
      env: { ...environment.env, ...options.env },
      reject: false,
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      timeout: options.atMostMs ?? 120_000,
    },
  );
  const lines = args.includes('json')
    ? stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as JsonObject)
    : [];
  return { exitCode: exitCode ?? (signal === 'SIGKILL' ? 137 : -1), stdout, stderr, lines };
}

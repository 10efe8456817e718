import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';
import { createInterface } from 'node:readline/promises';
import { ensureServers } from '../../src/lab/ensure-servers.ts';
import { startMariadb, type MariadbServer } from '../../src/lab/mariadb-server.ts';
import { startRabbit, type RabbitNode } from '../../src/lab/rabbitmq-node.ts';
import type { SharedServers } from './servers.ts';

let running: { dir: string; rabbit: RabbitNode; mariadb: MariadbServer } | undefined;

/** Starts one broker and one database for the whole test run and tells the workers how to reach them. */
export async function setup(project: TestProject): Promise<void> {
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const parts = await ensureServers({
    required: ['rabbitmq', 'mariadb', 'test-tools'],
    ask: process.stdin.isTTY && process.stderr.isTTY ? askAtTerminal : undefined,
    say,
  });
  for (const { present, because } of parts) if (!present) say(`Optional part absent: ${because}.`);

  const dir = await mkdtemp(join(tmpdir(), 'esr-ops-test-'));
  const labId = `test-${randomBytes(4).toString('hex')}`;
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(dir, name), { mode: 0o700 });
    return join(dir, name);
  };
  const program = await folder('program');
  const [rabbit, mariadb] = await Promise.all([
    startRabbit({ dir: await folder('r'), labId }),
    startMariadb({ dir: await folder('m'), labId }),
    execa(process.execPath, ['build.mjs', program]),
  ]);
  running = { dir, rabbit, mariadb };
  project.provide('program', join(program, 'bin', 'esr-ops.mjs'));
  project.provide('servers', {
    labId,
    rabbit: {
      managementUrl: rabbit.managementUrl,
      user: rabbit.user,
      password: rabbit.password,
      amqpUrl: rabbit.amqpUrl,
      amqp: rabbit.amqp,
      nodeName: rabbit.nodeName,
      erlang: rabbit.erlang,
    },
    mariadb: {
      host: mariadb.host,
      port: mariadb.port,
      socket: mariadb.socket,
      root: mariadb.root,
      reader: mariadb.reader,
    },
  } satisfies SharedServers);
}

/** Stops them and removes what they wrote. */
export async function teardown(): Promise<void> {
  if (running === undefined) return;
  await Promise.all([running.rabbit.kill(), running.mariadb.kill()]);
  await rm(running.dir, { recursive: true, force: true });
}

async function askAtTerminal(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { esrOps, testEnvironment, type Ended, type TestEnvironment } from '../support/program.ts';
import { httpApi, mustApi } from '../support/servers.ts';
import { agree, questionOf, questions, startGuided } from './guided.ts';
import { normalise } from './normalise.ts';
import { tenantVhost, type TenantVhost } from './standing.ts';

/**
 * What people see, word for word, with what differs from run to run replaced (normalise.ts). After a wanted change:
 * `ESR_OPS_UPDATE_GOLDEN=1 npx vitest run test/scripts/golden.test.ts`, then read the difference.
 */
const update = process.env['ESR_OPS_UPDATE_GOLDEN'] === '1';
const name = 'esr-golden';

async function expectGolden(file: string, text: string): Promise<void> {
  const path = join(import.meta.dirname, 'golden', `${file}.txt`);
  if (update) {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
    return;
  }
  expect(text).toBe(await readFile(path, 'utf8'));
}

/** A run without a terminal as a person would paste it: the command, what was said, what came of it, the exit code. */
function transcript(args: readonly string[], { exitCode, stdout, stderr }: Ended): string {
  return [`$ esr-ops ${args.join(' ')}`, '--- stderr', stderr, '--- stdout', stdout, `--- exit ${exitCode}`].join('\n');
}

let vhost: TenantVhost;
let environment: TestEnvironment;

async function expectRun(file: string, args: readonly string[], exitCode: number): Promise<Ended> {
  const ended = await esrOps(args, environment);
  expect(ended.exitCode, ended.stderr).toBe(exitCode);
  await expectGolden(file, normalise(transcript(args, ended), environment));
  return ended;
}

beforeAll(async () => {
  // A name of its own, always the same: lines break where they break.
  await httpApi('DELETE', `/api/vhosts/${name}`);
  vhost = await tenantVhost(name);
  environment = await testEnvironment(name);
});
afterAll(async () => {
  await vhost.remove();
  await environment.remove();
});

describe('the transcript of', () => {
  it('help', async () => {
    await expectRun('help-recover-vhost', ['recover', 'vhost', '--help'], 0);
    await expectRun('help-exit-codes', ['help', 'exit-codes'], 0);
  });

  it('a dry run, a refusal, a scripted recovery and nothing to do', async () => {
    await vhost.breakDown();
    await expectRun('dry-run', ['recover', 'vhost', '--dry-run'], 0);
    await expectRun('refused', ['recover', 'vhost', '--yes'], 3);
    await expectRun('scripted', ['recover', 'vhost', '--yes', '--confirm', `recreate:${name}`], 0);
    await expectRun('nothing-to-do', ['recover', 'vhost', '--yes'], 0);
    expect(await mustApi('GET', `/api/permissions/${name}/${vhost.user}`)).toMatchObject({ write: '^esr' });
  });

  it('a scripted recovery as JSON: the first record, then the codes', async () => {
    await vhost.breakDown();
    const args = ['recover', 'vhost', '--yes', '--confirm', `recreate:${name}`, '--output', 'json'];
    const ended = await esrOps(args, environment);
    expect(ended.exitCode).toBe(0);
    const [first, ...others] = ended.lines;
    // Progress comes as often as time passes.
    const codes = others.map(({ code }) => code as string).filter((code) => code !== 'progress');
    await expectGolden('json-codes', normalise([JSON.stringify(first), ...codes].join('\n'), environment));
  });

  it('a guided recovery at a terminal of 80 columns', async () => {
    await vhost.breakDown();
    const pty = startGuided(environment);
    for (const question of questions) {
      await questionOf(pty, question);
      agree(pty, question, name);
    }
    expect((await pty.exit(60_000)).code).toBe(0);
    await expectGolden('guided', normalise(await pty.screen(), environment));
  }, 120_000);
});

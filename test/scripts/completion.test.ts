import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findProgram, thisMachine } from '../../src/lab/server-parts.ts';
import { esrOps } from '../support/program.ts';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'esr-ops-completion-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** The completion script of a shell, made without a configuration and without a server. */
async function scriptOf(shell: string): Promise<string> {
  const ended = await esrOps(['completion', shell], { env: { HOME: home, XDG_STATE_HOME: home, LANG: 'C' } });
  expect(ended.exitCode, ended.stderr).toBe(0);
  return ended.stdout;
}

/** What bash offers after a line, without a configuration and without a server. */
async function offered(script: string, line: string): Promise<readonly string[]> {
  const words = line.split(' ');
  const asking = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _esr_ops; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['--norc', '-c', asking, 'bash', script, ...words]);
  return stdout.split('\n').filter((word) => word !== '');
}

it('bash offers commands, those of runbooks, and flags, from the script alone', async () => {
  const shells = await Promise.all(
    ['bash', 'zsh', 'fish'].map(async (shell) => {
      const script = await scriptOf(shell);
      expect(script).toMatch(/^[\n -~]*$/);
      return script;
    }),
  );
  for (const script of shells)
    for (const word of ['recover', 'reconcile', 'rehearse', 'sign-off']) expect(script).toContain(word);
  const file = join(home, 'esr-ops.bash');
  await writeFile(file, shells[0]!);
  expect(await offered(file, 'esr-ops re')).toEqual(
    expect.arrayContaining(['recover', 'reconcile', 'rehearse', 'report', 'resume']),
  );
  expect(await offered(file, 'esr-ops recover ')).toEqual(expect.arrayContaining(['vhost', 'cdc', 'etl']));
  expect(await offered(file, 'esr-ops recover vhost --sin')).toEqual(['--since']);
  expect(await offered(file, 'esr-ops reconcile ')).toContain('sign-off');
  expect(await offered(file, 'esr-ops help ')).toContain('exit-codes');
  expect(await offered(file, 'esr-ops completion ')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
});

// With `shells` in ESR_OPS_REQUIRE both are there: they are installed before the first test, or there is none.
it.for(['zsh', 'fish'])('%s can read its script', async (shell, context) => {
  const program = findProgram(thisMachine(), shell);
  if (program === undefined) {
    const because = `${shell} is not installed here`;
    process.stderr.write(`NOT RUN: 1, because ${because}\n`);
    context.skip(because);
    return;
  }
  const file = join(home, `esr-ops.${shell}`);
  await writeFile(file, await scriptOf(shell));
  const read = await execa(program, [shell === 'fish' ? '--no-execute' : '-n', file], { reject: false, all: true });
  expect([read.exitCode, read.all]).toEqual([0, '']);
});

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { labUp } from '../../src/lab/lab-up.ts';
import { programFile } from '../support/program.ts';
import { readmeText, shellLines, wordsOf } from '../support/readme.ts';

/** Starts labs and takes minutes, or is typed into a second shell: test/rehearse does all of these. */
const elsewhere = /^(npm|rabbitmqctl|esr-ops (rehearse))\b/;

/** What this lab has not (Docker, components, S3, tables to reconcile): the program says so, and what to configure. */
const notHere = /^(docker|esr|etl|s3|reconcile|explain|schedule|notify)$/;

it(
  'every command of the README does on a lab what it says, asks for consent, or says what is not configured',
  { timeout: 600_000 },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'esr-ops-readme-'));
    const choice = { name: 'readme', stateDir: join(home, 'lab'), say: (): void => undefined };
    const lab = await labUp({ ...choice, program: [process.execPath, programFile()], perSecond: 20, cdc: 'stand-in' });
    try {
      const config = parse(await readFile(lab.files.config, 'utf8')) as { environments: { lab: object } };
      const file = join(home, 'config.yaml');
      await writeFile(file, stringify({ ...config, environments: { prod: config.environments.lab } }), { mode: 0o600 });
      const work = join(home, 'work');
      await mkdir(join(work, 'my-runbooks'), { recursive: true });
      const env = { HOME: home, ESR_OPS_CONFIG: file, XDG_STATE_HOME: join(home, 'state'), NO_COLOR: '1' };
      const run = async (words: readonly string[]) =>
        await execa(process.execPath, [programFile(), ...words], {
          ...{ cwd: work, env, reject: false, stdin: 'ignore', timeout: 240_000, all: true },
        });
      const made = async (words: readonly string[], id: RegExp): Promise<string> => {
        const ended = await run(words);
        expect(ended.exitCode, ended.all).toBe(0);
        return id.exec(ended.all)?.[0] ?? '';
      };
      const drain = await made(
        ['vhost', 'drain', '--env', 'prod', '--queue', 'esr.dlq', '--incident', 'INC-1234', '--yes'],
        /drain-\d{8}T\d{6}Z-[0-9a-f]{6}/,
      );
      const ends = new Map<number, number>();
      for (const line of shellLines(await readmeText()).filter((typed) => !elsewhere.test(typed))) {
        const [, ...typed] = wordsOf(line);
        const last = /run-\d{8}T\d{6}Z-[0-9a-f]{6}/.exec((await run(['runs', 'list', '--env', 'prod'])).all)?.[0] ?? '';
        const words = typed.map((word) => (word === 'RUN' ? last : word === 'DRAIN' ? drain : word));
        const { exitCode = -1, all } = await run(words);
        const said = `${line}\nexit code ${exitCode}\n${all}`;
        expect(all, said).not.toMatch(/This should not happen|^\s+at .*:\d+:\d+/m);
        // Done, refused for want of consent, blocked with a reason, not verified, something to act on.
        const good = notHere.test(typed[0] ?? '') || typed.includes('--undo') ? [0, 2, 3, 4, 11] : [0, 3, 4, 5, 11];
        expect(good, said).toContain(exitCode);
        if (exitCode === 3) expect(all, said).toMatch(/--yes|--confirm/);
        if (exitCode === 2) expect(all, said).toMatch(/does not say|has no|configur|set no position/);
        ends.set(exitCode, (ends.get(exitCode) ?? 0) + 1);
      }
      process.stderr.write(`README: ${[...ends].map(([code, count]) => `${count} × ${code}`).join(', ')}\n`);
      // The lab is broken at the beginning, and the README brings it back.
      expect(ends.get(0)).toBeGreaterThan(15);
      // Nobody was there to agree: all is as well as it was.
      const after = await run(['status', '--env', 'prod', '--timeout', '10s']);
      expect(after.exitCode, after.all).toBe(0);
    } finally {
      await lab.end();
      await rm(home, { recursive: true, force: true });
    }
  },
);

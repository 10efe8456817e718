import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { test } from 'vitest';
import type { Message, Messages } from '../../src/core/messages.ts';
import { esrOps, programFile } from '../support/program.ts';
import { startPty } from '../support/pty.ts';

/** A home of its own for each: both wait most of the time, so they run beside each other. */
async function place(onTestFinished: (clean: () => Promise<void>) => void) {
  const home = await mkdtemp(join(tmpdir(), 'esr-ops-rehearse-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return { home, env: { HOME: home, XDG_STATE_HOME: home, NO_COLOR: '1', LANG: 'C.UTF-8' } };
}

test.concurrent(
  'incident --auto: from the alert to the report, in one command',
  async ({ expect, onTestFinished }) => {
    const { home, env } = await place(onTestFinished);
    const report = join(home, 'report.md');
    const words = ['rehearse', 'incident', '--auto', '--without', 'docker', '--without', 'maxwell'];
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [programFile(), ...words, '--incident', 'INC-7', '--report', report, '--output', 'json'],
      { env, reject: false, stdin: 'ignore' },
    );
    const said = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { readonly code?: string; readonly payload?: unknown });
    const all = (code: Message['code']) =>
      said.filter((message) => message.code === code).map(({ payload }) => payload);
    const [{ debrief }] = all('rehearsal.debriefed') as unknown as readonly [Messages['rehearsal.debriefed']];
    expect([exitCode, debrief.gaps, debrief.wrongTurns], stderr + JSON.stringify(debrief)).toEqual([0, [], []]);
    expect(debrief.faults.map(({ fault, namedAfterMs }) => [fault, namedAfterMs === null])).toEqual([
      ['position-lost', false],
      ['vhost-down', false],
    ]);
    expect(debrief.leftOut).toEqual([{ fault: 'container-dead', why: '--without docker was given' }]);
    expect(debrief.toRecoverMs).toBeGreaterThan(debrief.toDiagnoseMs ?? Infinity);
    // The vhost first, for all else needs it; and each run has the incident's label.
    expect(all('diagnosis.shown')[0]).toMatchObject({ diagnosis: { symptom: { matches: [{ id: 'amqp-406' }] } } });
    expect(all('run.started')[0]).toMatchObject({ command: 'recover vhost' });
    expect(all('status.shown').at(-1)).toMatchObject({ roots: [] });
    expect(all('cdc-truth.told')[0]).toMatchObject({ lost: 0, asPredicted: true });
    expect(all('reconcile.ended')).toHaveLength(1);
    const written = await readFile(report, 'utf8');
    expect(written).toContain('INC-7');
    expect(written).toContain('reply-code=406');
  },
  240_000,
);

test.concurrent(
  'guided: waits for the engineer in another shell, gives hints, and looks back',
  async ({ expect, onTestFinished }) => {
    const { env } = await place(onTestFinished);
    const words = ['rehearse', 'vhost', '--without', 'maxwell'];
    const pty = startPty([process.execPath, programFile(), ...words], { env, columns: 160 });
    const type = (...args: readonly string[]) => esrOps([...args], { env });
    try {
      expect((await type('rehearse', 'hint')).exitCode).toBe(2);
      await pty.waitFor('Waiting', 120_000);
      expect((await type('rehearse', 'hint')).stdout).toContain('Hint 1 of 4');
      expect((await type('recover', 'vhost', '--env', 'lab')).exitCode).toBe(3);
      expect((await type('diagnose', '--timeout', '20s', '--env', 'lab')).exitCode).toBe(11);
      expect((await type('rehearse', 'end')).exitCode).toBe(0);
      // Nobody can look into a vhost that is down; the debrief says so, and is there all the same.
      await pty.waitFor('can be read by nobody', 60_000);
      await pty.waitFor('Debrief: vhost', 60_000);
      await pty.waitFor('not recovered');
      await pty.waitFor('2, 1 hint');
      await pty.waitFor('recover vhost was refused (declined: consent.missing)');
      await pty.waitFor('not so: status has nothing to act on');
      expect((await pty.exit(30_000)).code).toBe(11);
      expect((await type('status', '--env', 'lab')).exitCode).toBe(2);
    } finally {
      pty.kill();
    }
  },
  240_000,
);

test.concurrent(
  'guided: Ctrl-C while the lab starts leaves nothing behind',
  async ({ expect, onTestFinished }) => {
    const { env } = await place(onTestFinished);
    const pty = startPty([process.execPath, programFile(), 'rehearse', 'vhost', '--without', 'maxwell'], { env });
    try {
      await pty.waitFor('RabbitMQ answers', 120_000);
      pty.key('ctrlC');
      await pty.waitFor('then it is taken down');
      await pty.waitFor('Interrupted.', 120_000);
      expect((await pty.exit(60_000)).code).toBe(130);
      expect((await esrOps(['lab', 'status'], { env })).stdout).toContain('No lab is up');
    } finally {
      pty.kill();
    }
  },
  240_000,
);

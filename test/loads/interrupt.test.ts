import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startOps } from '../crash/started.ts';
import { programFile, type Ended } from '../support/program.ts';
import { keys, startPty } from '../support/pty.ts';
import { freshVhost, type TestVhost } from '../support/servers.ts';
import { etlWorld, type EtlWorld } from './etl-world.ts';

vi.setConfig({ testTimeout: 180_000 });

/** One load type and date for each test: they run side by side, for most of their time is waiting. */
const dates = {
  answered: '2019-10-01',
  'pressed-again': '2019-10-02',
  stopped: '2019-10-03',
  'no-terminal': '2019-10-04',
} as const;
type Load = keyof typeof dates;
let vhost: TestVhost;
let world: EtlWorld;
beforeAll(async () => {
  vhost = await freshVhost();
  world = await etlWorld(vhost.name, Object.fromEntries(Object.keys(dates).map((name) => [name, {}])), {
    officeMs: 2_000,
  });
});
afterAll(async () => {
  await world.close();
  await vhost.remove();
});

const said = ({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): string => unwrapped(`${stdout}\n${stderr}`);
const unwrapped = (text: string): string => text.replaceAll(/\s+/g, ' ');
const command = (load: Load) => ['etl', 'run', '--load-type', load, '--date', dates[load], '--yes'];
/** Resumes the run that a program named when it ended. */
const resume = (text: string) => world.run(['resume', /esr-ops resume (run-\w+-\w+)/.exec(text)![1]!, '--yes']);

/** Starts a load at a terminal, presses Ctrl-C when it has written its first Local Office, and answers. */
async function interrupted(load: Load, answer: string) {
  const pty = startPty([process.execPath, programFile(), ...command(load)], { env: world.environment.env });
  try {
    await pty.waitFor('wrote EMD', 30_000);
    pty.key('ctrlC');
    await pty.waitFor('What becomes of it?', 15_000);
    await pty.waitFor('(Enter: none)');
    pty.type(answer);
    const { code } = await pty.exit(60_000);
    return { code, screen: unwrapped(await pty.screen()) };
  } finally {
    pty.kill();
  }
}

describe.concurrent('Ctrl-C while a load runs', () => {
  test.each([
    ['answered', `1${keys.enter}`],
    ['pressed-again', keys.ctrlC],
  ] as const)('%s: left running, it goes on to its end, and resume follows it there', async (load, answer) => {
    const { code, screen } = await interrupted(load, answer);
    expect(code, screen).toBe(130);
    expect(screen).toContain(`${load} for ${dates[load]} was left running; nothing was stopped.`);
    const resumed = await resume(screen);
    expect(resumed.exitCode, said(resumed)).toBe(0);
    expect(await world.rows(dates[load])).toBe(12);
  });

  test('stopped: it is gone with what it wrote until then, which is said; resume starts nothing', async () => {
    const { code, screen } = await interrupted('stopped', `2${keys.enter}`);
    expect(code, screen).toBe(130);
    const rows = await world.rows(dates.stopped);
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(12);
    expect(screen).toContain(`stopped for ${dates.stopped} was stopped, as you said.`);
    expect(screen).toContain(`${rows} rows (EMD 3`);
    expect(screen).toContain('Before it runs again: Delete the rows of the date.');
    const resumed = await resume(screen);
    expect(resumed.exitCode, said(resumed)).toBe(1);
    expect(said(resumed)).toContain('it ended with exit code 143');
    expect(await world.rows(dates.stopped)).toBe(rows);
  });

  test('without a terminal: it is left running, and said so', async () => {
    const load = 'no-terminal';
    const started = startOps(command(load), world.environment);
    try {
      await started.said('wrote EMD');
      started.kill('SIGINT');
      const ended = await started.ended;
      expect(ended.exitCode, ended.stderr).toBe(130);
      expect(said(ended)).toContain(`${load} for ${dates[load]} was left running; nothing was stopped.`);
      const blocked = await world.run([...command(load), '--confirm', `rerun:${load}@${dates[load]}`]);
      expect([4, 7], said(blocked)).toContain(blocked.exitCode);
      const resumed = await resume(said(ended));
      expect(resumed.exitCode, said(resumed)).toBe(0);
      expect(await world.rows(dates[load])).toBe(12);
    } finally {
      started.kill('SIGKILL');
    }
  });
});

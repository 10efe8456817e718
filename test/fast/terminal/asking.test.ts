import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Question } from '../../../src/core/host.ts';
import { bundle, type Bundle } from '../../support/bundle.ts';
import type { DriverTask } from '../../support/host-driver.ts';
import { keys, startPty, type Pty } from '../../support/pty.ts';

const need = { token: 'recreate:esr', typed: 'esr', effect: 'the vhost is deleted with every message in it' } as const;
const type: Question = { kind: 'type', code: 'q', text: `${need.effect}. Type esr to go on`, need };
const agree: Question = { kind: 'agree', code: 'q', text: 'Restart the vhost?' };
const goOn: Question = { kind: 'continue', code: 'q', text: 'Capture the vhost' };
const write: Question = { kind: 'write', code: 'q', text: 'What did you see?' };
const choose: Question = {
  kind: 'choose',
  code: 'q',
  text: 'How does it stand?',
  options: [
    { value: 'applied', label: 'it was made' },
    { value: 'stop', label: 'I do not know' },
  ],
};
const all = { type, agree, continue: goOn, write, choose };
const promptOf = {
  type: '(Enter: no):',
  agree: 'y/N:',
  continue: 'n stops:',
  write: '(Enter: stop):',
  choose: '(Enter: none):',
};
const kinds = ['type', 'agree', 'continue', 'write', 'choose'] as const;

let driver: Bundle;
let folder: string;
let running: Pty | undefined;
let count = 0;

beforeAll(async () => {
  driver = await bundle('host-driver.ts');
  folder = await mkdtemp(join(tmpdir(), 'esr-ops-asking-'));
});
afterEach(() => running?.kill());
afterAll(async () => {
  await driver.remove();
  await rm(folder, { recursive: true, force: true });
});

function start(task: Omit<DriverTask, 'report'>, options: Parameters<typeof startPty>[1] = {}) {
  const report = join(folder, `report-${count++}`);
  const pty = startPty([process.execPath, driver.file, JSON.stringify({ ...task, report })], options);
  running = pty;
  const facts = async () =>
    (await readFile(report, 'utf8').catch(() => ''))
      .split('\n')
      .filter((row) => row !== '')
      .map((row) => JSON.parse(row) as Record<string, unknown>);
  return {
    pty,
    facts,
    answers: async () => (await facts()).flatMap((fact) => ('answer' in fact ? [fact['answer']] : [])),
  };
}

describe('a question at a terminal', () => {
  it.each(kinds)('of kind %s: Ctrl-C is interrupted, and the terminal is as before', async (kind) => {
    const { pty, facts } = start({ questions: [all[kind]] });
    await pty.waitFor(promptOf[kind]);
    pty.key('ctrlC');
    expect((await pty.exit()).code).toBe(0);
    expect(await facts()).toEqual([
      { kind: 'interactive', canAsk: true },
      { answer: { kind: 'interrupted' }, raw: false },
      { end: true },
    ]);
    expect(pty.transcript().lastIndexOf('\u{1b}[?25l')).toBeLessThanOrEqual(
      pty.transcript().lastIndexOf('\u{1b}[?25h'),
    );
  });

  it.each(kinds)('of kind %s: Ctrl-D is closed', async (kind) => {
    const { pty, answers } = start({ questions: [all[kind]] });
    await pty.waitFor(promptOf[kind]);
    pty.type('es');
    pty.key('ctrlD');
    await pty.exit();
    expect(await answers()).toEqual([{ kind: 'closed' }]);
  });

  it.each(kinds)('of kind %s: a closed terminal is closed, also for the next question', async (kind) => {
    const { pty, facts } = start({ questions: [all[kind], all[kind]] });
    await pty.waitFor(promptOf[kind]);
    pty.hangUp();
    await expect
      .poll(facts, { timeout: 60_000 })
      .toEqual([
        { kind: 'interactive', canAsk: true },
        { answer: { kind: 'closed' }, raw: expect.any(Boolean) as boolean },
        { answer: { kind: 'closed' }, raw: expect.any(Boolean) as boolean },
        { end: true },
      ]);
  });

  it.each([
    ['type', 'no'],
    ['agree', 'no'],
    ['write', 'no'],
    ['choose', 'no'],
    ['continue', 'yes'],
  ] as const)('of kind %s: Enter alone is %s', async (kind, expected) => {
    const { pty, answers } = start({ questions: [all[kind]] });
    await pty.waitFor(promptOf[kind]);
    pty.key('enter');
    await pty.exit();
    expect(await answers()).toEqual([{ kind: expected }]);
  });

  it('takes the name, and only the name', async () => {
    const { pty, answers } = start({ questions: [type] });
    await pty.waitFor(promptOf.type);
    pty.type(`esr ${keys.enter}`);
    await pty.waitFor('That is not the name. Expected "esr", typed "esr ".');
    await pty.waitFor(promptOf.type);
    pty.type(`esr${keys.enter}`);
    await pty.exit();
    expect(await answers()).toEqual([{ kind: 'text', text: 'esr' }]);
  });

  it('takes three wrong names as no', async () => {
    const { pty, answers } = start({ questions: [type] });
    await pty.waitFor(promptOf.type);
    pty.type(`ESR${keys.enter}`);
    await pty.waitFor('Try 2 of 3.');
    await pty.waitFor(promptOf.type);
    pty.type(`yes${keys.enter}`);
    await pty.waitFor('Try 3 of 3.');
    await pty.waitFor(promptOf.type);
    pty.type(`prod\u{202e}${keys.enter}`);
    await pty.exit();
    expect(await answers()).toEqual([{ kind: 'no' }]);
    const screen = await pty.screen();
    expect(screen).toContain('typed "prod\\u{202e}".');
    expect(screen).toContain('Taken as no after three tries.');
  });

  it('wants y, not the Tab key, for y/N', async () => {
    const { pty, answers } = start({ questions: [agree, agree] });
    await pty.waitFor(promptOf.agree);
    pty.key('tab');
    pty.key('enter');
    await pty.waitFor('Restart the vhost?');
    await pty.waitFor(promptOf.agree);
    pty.type(`y${keys.enter}`);
    await pty.exit();
    expect((await answers()).at(-1)).toEqual({ kind: 'yes' });
    expect((await answers())[0]).toEqual({ kind: 'no' });
  });

  it('gives back what was written, and the value that was chosen', async () => {
    const { pty, answers } = start({ questions: [write, choose] });
    await pty.waitFor(promptOf.write);
    pty.type(`  all quiet ${keys.enter}`);
    await pty.waitFor(choose.text);
    await pty.waitFor(promptOf.choose);
    pty.type(`3${keys.enter}`);
    await pty.waitFor('Try 2 of 3.');
    await pty.waitFor(promptOf.choose);
    pty.type(`1${keys.enter}`);
    await pty.exit();
    expect(await answers()).toEqual([
      { kind: 'text', text: 'all quiet' },
      { kind: 'text', text: 'applied' },
    ]);
  });

  it.each(['xterm-256color', 'dumb'])('ignores what was typed before it appeared (TERM=%s)', async (TERM) => {
    const { pty, answers } = start({ busyMs: 600, questions: [agree, type] }, { env: { TERM } });
    await pty.waitFor('BUSY');
    pty.type(`y${keys.enter}y${keys.enter}esr`);
    await pty.waitFor('Keys pressed before the question were ignored.');
    await pty.waitFor(promptOf.agree);
    expect(await answers()).toEqual([]);
    pty.key('enter');
    await pty.waitFor(promptOf.type);
    pty.key('enter');
    await pty.exit();
    expect(await answers()).toEqual([{ kind: 'no' }, { kind: 'no' }]);
  });

  it.each(kinds)('works without cursor movement, kind %s', async (kind) => {
    const { pty, answers } = start({ questions: [all[kind], all[kind], all[kind]] }, { env: { TERM: 'dumb' } });
    await pty.waitFor(promptOf[kind]);
    pty.type('esr');
    pty.key('enter');
    if (kind !== 'type' && kind !== 'write') {
      await pty.waitFor(promptOf[kind]);
      pty.type(kind === 'choose' ? '2\r' : 'y\r');
    }
    await pty.waitFor(promptOf[kind]);
    pty.key('ctrlC');
    await pty.waitFor(promptOf[kind]);
    pty.key('ctrlD');
    await pty.exit();
    const expected = { type: 'esr', write: 'esr', choose: 'stop', agree: null, continue: null }[kind];
    expect(await answers()).toEqual([
      expected === null ? { kind: 'yes' } : { kind: 'text', text: expected },
      { kind: 'interrupted' },
      { kind: 'closed' },
    ]);
    expect(pty.transcript()).not.toContain('\u{1b}');
  });

  it('survives a resize to 40 columns while asking, and stays readable', async () => {
    const { pty, answers } = start({ questions: [type] }, { columns: 100 });
    await pty.waitFor(promptOf.type);
    pty.type('es');
    pty.resize(40);
    pty.type('r');
    await expect.poll(() => pty.screen()).toContain('Type esr to agree (Enter: no): esr');
    pty.key('enter');
    await pty.exit();
    expect(await answers()).toEqual([{ kind: 'text', text: 'esr' }]);
  });

  it('asks in a terminal narrower than its words', async () => {
    const { pty, answers } = start({ questions: [type] }, { columns: 20 });
    await pty.waitFor(/no\):/);
    pty.type(`esr${keys.enter}`);
    await pty.exit();
    expect(await answers()).toEqual([{ kind: 'text', text: 'esr' }]);
    expect((await pty.screen()).replaceAll('\n', ' ')).toContain('deleted with every message in it.');
  });

  it('shows a name with invisible characters written out, to be typed so', async () => {
    const hostile = '\u{202e}rse\u{200b}';
    const { pty, answers } = start({ questions: [{ ...type, need: { ...need, typed: hostile } }] });
    await pty.waitFor('Type \\u{202e}rse\\u{200b} to agree');
    await pty.waitFor('no):');
    pty.type(`\\u{202e}rse\\u{200b}${keys.enter}`);
    await pty.exit();
    expect(await answers()).toEqual([{ kind: 'text', text: hostile }]);
  });
});

describe('the interactive host', () => {
  it('rewrites one progress line and takes it away', async () => {
    const { pty } = start({ progress: 8 });
    await pty.exit();
    expect(pty.transcript()).toMatch(/\r\u{1b}\[2Kcopying: \d of 8 queues/u);
    expect(await pty.screen()).toBe('');
  });

  it('asks nobody with --no-input, though it is a terminal', async () => {
    const { pty, facts } = start({ input: false, questions: [agree, type] });
    await pty.exit();
    expect(await facts()).toEqual([
      { kind: 'plain', canAsk: false },
      { thrown: 'Fault', exit: 'declined' },
      { thrown: 'Fault', exit: 'declined' },
      { end: true },
    ]);
  });

  it('writes no secret', async () => {
    const secret = 'hunter2 hunter2';
    const { pty } = start({
      secret,
      messages: [{ code: 'note', payload: { text: `password ${secret}` } }],
      questions: [{ ...agree, text: `Use ${secret}?` }],
    });
    await pty.waitFor(promptOf.agree);
    pty.key('enter');
    await pty.exit();
    expect(pty.transcript()).not.toContain('hunter2');
    expect(pty.transcript()).toContain('password [secret]');
  });
});

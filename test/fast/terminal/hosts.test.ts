import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Question } from '../../../src/core/host.ts';
import type { Message } from '../../../src/core/messages.ts';
import { createHost } from '../../../src/terminal/create-host.ts';
import { bundle, type Bundle } from '../../support/bundle.ts';
import type { DriverTask } from '../../support/host-driver.ts';
import { samplePlan } from '../../support/sample-plan.ts';

const agree: Question = { kind: 'agree', code: 'q', text: 'Restart?' };
const plan: Message = { code: 'plan.shown', payload: { plan: samplePlan('esr\u{9b}\u{202e}') } };

let driver: Bundle;
let folder: string;
beforeAll(async () => {
  driver = await bundle('host-driver.ts');
  folder = await mkdtemp(join(tmpdir(), 'esr-ops-hosts-'));
});
afterAll(async () => {
  await driver.remove();
  await rm(folder, { recursive: true, force: true });
});

function inMemory(output: 'text' | 'json', now = { ms: Date.UTC(2026, 2, 22, 6, 25) }) {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const host = createHost({
    output,
    input: true,
    color: 'auto',
    streams,
    env: {},
    clock: { now: () => now.ms, sleep: () => Promise.resolve() },
    timezone: 'Europe/London',
    redact: (text) => text.replaceAll('hunter2', '[secret]'),
    version: '1.2.3',
  });
  const read = (stream: PassThrough): string => ((stream.read() as Buffer | null) ?? '').toString();
  return { host, streams, now, out: () => read(streams.stdout), err: () => read(streams.stderr) };
}

describe('the JSON host', () => {
  it('writes lines that parse, the format first, and nothing else', async () => {
    const { host, out, err } = inMemory('json');
    host.say({ code: 'note', payload: { text: 'the password is hunter2' } });
    host.result(plan);
    await host.close();
    const text = out();
    const [first, note, shown, ...rest] = text
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row) as unknown);
    expect(first).toEqual({ format: 1, tool: 'esr-ops', version: '1.2.3' });
    expect(note).toEqual({
      at: '2026-03-22T06:25:00.000Z',
      code: 'note',
      payload: { text: 'the password is [secret]' },
    });
    expect(shown).toEqual({ at: '2026-03-22T06:25:00.000Z', ...plan });
    expect(rest).toEqual([]);
    expect(err()).toBe('');
    expect(text).not.toMatch(/[\u{80}-\u{9f}\u{202e}]/u);
  });

  it('reports progress at most every two seconds', () => {
    const { host, out, now } = inMemory('json');
    for (let at = 0; at < 41; at++, now.ms += 100)
      host.progress({ label: 'scan', done: at, total: 41, unit: 'queues', sinceMs: 0 });
    expect(out().match(/"code":"progress"/g)).toHaveLength(3);
  });

  it('cannot ask', async () => {
    const { host } = inMemory('json');
    expect(host.canAsk).toBe(false);
    await expect(host.ask(agree)).rejects.toMatchObject({ exit: 'declined' });
  });
});

describe('the plain host', () => {
  it('keeps results on stdout and conversation on stderr, without escape sequences', () => {
    const { host, out, err } = inMemory('text');
    expect(host.kind).toBe('plain');
    host.say({ code: 'note', payload: { text: 'hunter2 talks' } });
    host.result({ code: 'note', payload: { text: 'result' } });
    expect([out(), err()]).toEqual(['result\n', '[secret] talks\n']);
  });

  it('prints progress every five seconds, and nothing for short work', () => {
    const { host, err, now } = inMemory('text');
    const sinceMs = now.ms;
    for (let at = 0; at <= 120; at++, now.ms += 100)
      host.progress({ label: 'scan', done: at * 100, total: 20_000, unit: 'messages', sinceMs });
    host.progress(null);
    expect(err().split('\n')).toEqual([
      'scan: 5,000 of 20,000 messages, 1,000/s, about 15 s left',
      'scan: 10,000 of 20,000 messages, 1,000/s, about 10 s left',
      '',
    ]);
  });

  it('is not fooled by `yes |`, whatever stderr is', async () => {
    const report = join(folder, 'yes');
    const task: DriverTask = { questions: [agree], report };
    const child = spawn(process.execPath, [driver.file, JSON.stringify(task)], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.on('error', () => undefined);
    child.stdin.write('y\n'.repeat(10_000));
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
    expect((await readFile(report, 'utf8')).split('\n').map((row) => row && (JSON.parse(row) as unknown))).toEqual([
      { kind: 'plain', canAsk: false },
      { thrown: 'Fault', exit: 'declined' },
      { end: true },
      '',
    ]);
    child.stdin.destroy();
  });

  it.each(['text', 'json'] as const)('survives a reader that went away (%s)', async (output) => {
    const report = join(folder, `head-${output}`);
    const task: DriverTask = { output, busyMs: 0, repeat: 400, results: [plan], report };
    const child = spawn(process.execPath, [driver.file, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
    expect(errors).toBe('BUSY\n');
    expect(await readFile(report, 'utf8')).toContain('"end":true');
  });

  it('writes everything before close returns, to a slow reader too', async () => {
    const report = join(folder, 'slow');
    const task: DriverTask = { output: 'json', repeat: 300, results: [plan], report };
    const child = spawn(process.execPath, [driver.file, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    setTimeout(() => child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString())), 300);
    await new Promise((resolve) => child.on('close', resolve));
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((row) => JSON.parse(row) as unknown),
    ).toHaveLength(301);
  });
});

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecrets } from '../../../src/config/secrets.ts';
import { problemOf } from '../state/faults.ts';
import { tempFolder } from '../state/temp-folder.ts';

const node = (code: string): readonly [string, ...string[]] => [process.execPath, '-e', code];
const place = 'environments.lab.rabbitmq.password';
const value = 'correct-horse-battery';

test('each kind of reference gives its value, which is then registered', async () => {
  const file = join(await tempFolder(), 'password');
  await writeFile(file, `${value}-file\n`, { mode: 0o600 });
  const secrets = createSecrets({ env: { P: `${value}-env` } });
  expect(await secrets.resolve({ env: 'P' }, 'a')).toBe(`${value}-env`);
  expect(await secrets.resolve({ file }, 'b')).toBe(`${value}-file`);
  expect(await secrets.resolve({ command: node(`console.log('${value}-command\\nsecond line')`) }, 'c')).toBe(
    `${value}-command`,
  );
  expect(secrets.registry.names()).toEqual(['a', 'b', 'c']);
  expect(secrets.registry.findIn(`x${value}-file`)).toBe('b');
  expect(secrets.warnings()).toEqual([]);
});

test('only one line end is taken off a file', async () => {
  const file = join(await tempFolder(), 'password');
  for (const [content, expected] of [
    ['  spaces stay \r\n', '  spaces stay '],
    ['two\n\n', 'two\n'],
    ['none', 'none'],
  ] as const) {
    await writeFile(file, content, { mode: 0o600 });
    expect(await createSecrets({ env: {} }).resolve({ file }, place)).toBe(expected);
  }
});

test('a program runs once; one that failed is tried again', async () => {
  const count = join(await tempFolder(), 'count');
  const code = `const fs = require('node:fs'); fs.appendFileSync('${count}', 'x');
    if (fs.readFileSync('${count}').length < 2) process.exit(3);
    console.log('${value}-' + fs.readFileSync('${count}').length)`;
  const secrets = createSecrets({ env: {} });
  const ref = { command: node(code) };
  expect((await problemOf(secrets.resolve(ref, place))).message).toContain('exit code 3');
  const both = await Promise.all([secrets.resolve(ref, place), secrets.resolve(ref, 'other')]);
  expect(both).toEqual([`${value}-2`, `${value}-2`]);
});

test('what prevents it is named with the reference, the value never', async () => {
  const dir = await tempFolder();
  await writeFile(join(dir, 'empty'), '\n', { mode: 0o600 });
  const secrets = createSecrets({ env: { EMPTY: '' }, commandMs: 1_000 });
  const problem = (ref: Parameters<typeof secrets.resolve>[0]): ReturnType<typeof problemOf> =>
    problemOf(secrets.resolve(ref, place));
  expect(await problem({ env: 'NOPE' })).toMatchObject({ code: 'secret.not-set', exit: 'usage', where: place });
  expect((await problem({ env: 'NOPE' })).message).toContain(`NOPE is not set; ${place}`);
  expect((await problem({ env: 'EMPTY' })).message).toContain('EMPTY is empty');
  expect((await problem({ file: join(dir, 'none') })).message).toContain('ENOENT');
  expect((await problem({ file: dir })).code).toBe('secret.unreadable');
  expect((await problem({ file: join(dir, 'empty') })).code).toBe('secret.empty');
  const failed = { code: 'secret.command-failed', exit: 'unreachable' };
  expect(await problem({ command: ['esr-ops-no-such-program'] })).toMatchObject(failed);
  expect((await problem({ command: ['esr-ops-no-such-program'] })).message).toContain('ENOENT');
  expect((await problem({ command: node('') })).message).toContain('gave no output');
  expect(
    (await problem({ command: node(`console.error('vault is sealed\\u001b[2J'); process.exit(2)`) })).message,
  ).toBe(
    `The program ${process.execPath} ended with exit code 2; ${place} is taken from it. It said: vault is sealed\\u{1b}[2J`,
  );
});

test('a program that hangs is ended after its time', async () => {
  const secrets = createSecrets({ env: {}, commandMs: 300 });
  const problem = await problemOf(
    secrets.resolve({ command: node(`process.on('SIGTERM', () => {}); setTimeout(() => {}, 600_000)`) }, place),
  );
  expect(problem.message).toContain('did not answer within 0.3 s');
});

test('error output that holds the secret is not shown', async () => {
  const command = node(`console.log('${value}'); console.error('could not use ${value}'); process.exit(1)`);
  const problem = await problemOf(createSecrets({ env: {} }).resolve({ command }, place));
  expect(problem.message).toContain('not shown');
  expect(problem.message).not.toContain(value);
});

test('open files and short values are warned of', async () => {
  const file = join(await tempFolder(), 'password');
  await writeFile(file, 'guest\n');
  await chmod(file, 0o644);
  const secrets = createSecrets({ env: {} });
  await secrets.resolve({ file }, place);
  expect(secrets.warnings().map(({ code }) => code)).toEqual(['secret.open-file', 'secret.too-short']);
  expect(JSON.stringify(secrets.warnings())).not.toContain('guest');
});

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { acquireHostLock, hostLockName } from '../../../src/services/state/host-lock.ts';
import { bundledChild } from './bundled-child.ts';
import { problemOf } from './faults.ts';

const holder = { user: 'ann', host: 'ops1', pid: 7, run: 'r1', since: '2026-03-22T06:25:00.000Z' };
const freshName = (): string => hostLockName(randomBytes(8).toString('hex'), 'lab', 'vhost:esr');

async function holdingChild(name: string, stay = true): Promise<ChildProcess> {
  const file = await bundledChild(
    `import { acquireHostLock } from './src/services/state/host-lock.ts';
     await acquireHostLock({ name: process.argv[2], holder: ${JSON.stringify(holder)} });
     console.log('held');
     if (process.argv[3] === 'true') setInterval(() => {}, 1_000);`,
    'lock-holder',
  );
  const child = spawn(process.execPath, [file, name, String(stay)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  expect(line).toBe('held');
  return child;
}

test('one holder; the second is told who it is', async () => {
  const name = freshName();
  const lock = await acquireHostLock({ name, holder });
  expect(await lock.held()).toBe(true);
  const problem = await problemOf(acquireHostLock({ name, holder: { ...holder, user: 'bob' } }));
  expect(problem).toMatchObject({ code: 'lock.held', exit: 'locked', details: holder });
  for (const part of ['ann', 'ops1', 'r1', 'process 7', holder.since]) expect(problem.message).toContain(part);
  await lock.release();
  await lock.release();
  expect(await lock.held()).toBe(false);
  await (await acquireHostLock({ name, holder })).release();
});

test('targets, environments and state folders have locks of their own', () => {
  const names = [
    hostLockName('/s', 'lab', 'vhost:esr'),
    hostLockName('/s', 'lab', 'vhost:esr2'),
    hostLockName('/s', 'prod', 'vhost:esr'),
    hostLockName('/t', 'lab', 'vhost:esr'),
  ];
  expect(new Set(names).size).toBe(4);
  expect(hostLockName('/s', 'lab', 'vhost:esr')).toBe(names[0]);
});

test('SIGKILL of the holder frees the lock at once', async () => {
  const name = freshName();
  const child = await holdingChild(name);
  expect((await problemOf(acquireHostLock({ name, holder }))).details).toEqual(holder);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await acquireHostLock({ name, holder })).release();
});

test('the lock does not keep its process alive', async () => {
  const child = await holdingChild(freshName(), false);
  expect(child.exitCode ?? ((await once(child, 'exit')) as [number])[0]).toBe(0);
});

test('a holder that is stopped is described', async () => {
  const name = freshName();
  const child = await holdingChild(name);
  child.kill('SIGSTOP');
  const problem = await problemOf(acquireHostLock({ name, holder }));
  expect(problem).toMatchObject({ code: 'lock.held', exit: 'locked' });
  expect(problem.message).toContain('does not say who it is within 1 s');
});

test('one of many that try at once gets it', async () => {
  const name = freshName();
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => acquireHostLock({ name, holder })));
  const won = tries.filter((one) => one.status === 'fulfilled');
  expect(won).toHaveLength(1);
  await won[0]?.value.release();
});

for (const [what, answer, shown] of [
  ['garbage', 'go\u001b[31m away\u202e\n', String.raw`go\\u{1b}[31m away\\u{202e}`],
  ['endless text', 'x'.repeat(100_000), 'xxx'],
  ['a holder of another shape', '{"user":"ann"}\n', 'user'],
  ['nothing', '', 'does not say who it is'],
] as const) {
  test(`a squatter that answers with ${what} is described, on one line`, async () => {
    const name = freshName();
    const squatter = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(answer);
    });
    squatter.listen({ path: `\0${name}` });
    await once(squatter, 'listening');
    onTestFinished(() => void squatter.close());
    const problem = await problemOf(acquireHostLock({ name, holder }));
    expect(problem).toMatchObject({ code: 'lock.held', exit: 'locked' });
    expect(problem.message).toContain(shown);
    expect(problem.message.length).toBeLessThan(600);
    expect(problem.message).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
}

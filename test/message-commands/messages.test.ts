import { beforeAll, describe, expect, it, vi } from 'vitest';
import { testEnvironment, esrOps, type Ended, type TestEnvironment } from '../support/program.ts';
import { freshVhost, mustApi, type TestVhost } from '../support/servers.ts';
import { wireClient } from '../messages/wire-client.ts';
import { headersOf, persistent, said } from './scene.ts';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

vi.setConfig({ testTimeout: 120_000 });

const hostileName = 'q\u{202e}gnp.\u{1b}[31m';
const hostileBody = 'two\u{202e} lines\n\u{1b}[2Jand \u{200b}no more';
const person = JSON.stringify({ traineeId: 47165, name: 'Ann Example', nested: { codes: ['LDN', 'KSS'] } });

let vhost: TestVhost;
let environment: TestEnvironment;
let drain: string;

beforeAll(async () => {
  vhost = await freshVhost();
  environment = await testEnvironment(vhost.name);
  const client = await wireClient(vhost.name);
  for (const queue of ['people', hostileName])
    await mustApi('PUT', `/api/queues/${vhost.segment}/${encodeURIComponent(queue)}`, { durable: true, arguments: {} });
  const messageId = Buffer.from('id-1\u{1b}[31m');
  const withId = Buffer.concat([Buffer.from('0080', 'hex'), Buffer.from([messageId.length]), messageId]);
  const send = (queue: string, header: Buffer, body: string): void =>
    client.publish({ routingKey: Buffer.from(queue), header, body: Buffer.from(body) });
  send('people', headersOf({ tenant: 'London' }), person);
  send('people', persistent, JSON.stringify({ traineeId: 2, name: 'Bob Example' }));
  send('people', withId, 'Carol Example, as text');
  send(hostileName, headersOf({ ['h\u{202e}']: 'v\u{1b}[0m' }), hostileBody);
  await client.confirmed();
  client.close();
  const ended = await esrOps(['vhost', 'drain', '--yes'], environment);
  expect(ended.exitCode, ended.stderr).toBe(0);
  [drain = ''] = await readdir(join(environment.dir, 'drains'));
  await vhost.remove();
  return () => environment.remove();
});

const messages = (...args: string[]): Promise<Ended> => esrOps(['vhost', 'messages', drain, ...args], environment);

/** No control character but the end of a line, and nothing that turns or hides text. */
const onlyVisible = /^[^\p{Cc}\p{Cf}]*$/u;
function expectVisible(text: string): void {
  for (const line of text.split('\n')) expect(line).toMatch(onlyVisible);
}

describe('vhost messages', () => {
  it('lists places, routes and sizes with people’s data masked', async () => {
    const ended = await messages();
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.stdout).toContain('people #0');
    expect(ended.stdout).toContain('(default exchange) -> people');
    expect(ended.stdout).toContain('traineeId');
    for (const secret of ['Ann', 'Bob', 'Carol', '47165', 'LDN', 'London', 'no more'])
      expect(ended.stdout).not.toContain(secret);
  });

  it('shows them with --show-bodies, and hostile names and bodies visibly', async () => {
    const ended = await messages('--show-bodies');
    expect(ended.exitCode, ended.stderr).toBe(0);
    for (const shown of ['Ann Example', '47165', 'London', 'Carol Example, as text', '\\u{202e}', '\\u{1b}[2J'])
      expect(ended.stdout).toContain(shown);
    expectVisible(ended.stdout);
    expectVisible((await messages()).stdout);
    expectVisible((await messages('--count')).stdout);
    expectVisible((await esrOps(['vhost', 'drains'], environment)).stdout);
  });

  it('counts by queue', async () => {
    const ended = await messages('--count', '--output', 'json');
    expect(ended.lines.at(-1)).toMatchObject({ payload: { total: 4, queues: { people: 3, [hostileName]: 1 } } });
    expect((await messages('--count')).stdout).toContain('4 messages');
  });

  it.each([
    [['--queue', 'people'], 3],
    [['--queue', 'absent'], 0],
    [['--header', 'tenant=London'], 1],
    [['--header', 'tenant=Leeds'], 0],
    [['--body', '/traineeId=47165'], 1],
    [['--body', '/nested/codes/1=KSS'], 1],
    [['--body', '/nested/codes/2=KSS'], 0],
    [['--message-id', 'id-1\u{1b}[31m'], 1],
    [['--queue', 'people', '--body', '/name=Bob Example'], 1],
    [['--queue', hostileName, '--header', 'tenant=London'], 0],
  ])('finds by %j: %i', async (args, count) => {
    const ended = await messages(...args, '--count', '--output', 'json');
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.lines.at(-1)).toMatchObject({ payload: { total: count } });
  });

  it('exports JSON lines that any reader takes, masked unless told, and byte for byte the text that was there', async () => {
    const ended = await messages('--jsonl', '--show-bodies');
    expect(ended.exitCode, ended.stderr).toBe(0);
    const lines = ended.stdout.split('\n').filter((line) => line !== '');
    expect(lines).toHaveLength(4);
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed.map(({ queue }) => String(queue)).sort()).toEqual(['people', 'people', 'people', hostileName].sort());
    expect(parsed.find(({ queue }) => queue === hostileName)).toMatchObject({
      body: hostileBody,
      properties: { headers: { ['h\u{202e}']: 'v\u{1b}[0m' } },
    });
    expect(parsed.find(({ inQueue, queue }) => queue === 'people' && inQueue === 0)?.['body']).toEqual(
      JSON.parse(person),
    );
    expectVisible(ended.stdout);
    const masked = await messages('--jsonl');
    for (const secret of ['Ann', '47165', 'no more']) expect(masked.stdout).not.toContain(secret);
    for (const line of masked.stdout.split('\n').filter((each) => each !== '')) JSON.parse(line);
  });

  it('lists so many, and says that there are more', async () => {
    const ended = await messages('--limit', '2');
    expect(ended.stdout).toContain('There are more');
    expect(ended.stdout.match(/ bytes$/gm)).toHaveLength(2);
  });

  it.each([
    [['--header', 'tenant'], '--header wants name=value'],
    [['--body', 'traineeId=1'], '--body wants a JSON pointer'],
    [['--limit', 'few'], '--limit'],
  ])('refuses %j: exit 2', async (args, why) => {
    const ended = await messages(...args);
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(said(ended)).toContain(why);
    expect(ended.stdout).toBe('');
  });

  it.each(['drain-20200101T000000Z-000000', '../runs', 'x'])(
    'refuses the drain %j, which is not there',
    async (name) => {
      const ended = await esrOps(['vhost', 'messages', name], environment);
      expect(ended.exitCode, ended.stderr).toBe(2);
      expect(said(ended)).toContain('esr-ops vhost drains');
    },
  );
});

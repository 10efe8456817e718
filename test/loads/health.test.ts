import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHealthReader } from '../../src/services/components/health.ts';
import { createLocalReader } from '../../src/services/host/reader.ts';
import type { ComponentHealth } from '../../src/core/component.ts';
import { shippedEnvironment } from '../fast/loads/samples.ts';

const server = createServer((request, response) => {
  if (request.url === '/hang') return;
  response.statusCode = request.url === '/down' ? 503 : 200;
  response.end(request.url === '/starting' ? '{"status":"DOWN"}' : '{"status":"UP"}');
});
let base = '';
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.closeAllConnections());

const [esr] = shippedEnvironment().components;
const reader = createHealthReader(() => createLocalReader());
const health = (check: ComponentHealth | null) => reader.health({ ...esr!, health: check });
const http = (path: string): ComponentHealth => ({
  kind: 'http',
  url: `${base}${path}`,
  status: 200,
  body: '"status" *: *"UP"',
  timeoutMs: 500,
});

test('an answer is healthy only with the status and the body that are expected', async () => {
  expect(await health(http('/up'))).toEqual({ is: 'healthy', evidence: `${base}/up answered 200 as it should` });
  expect(await health(http('/down'))).toMatchObject({
    is: 'unhealthy',
    evidence: `${base}/down answered 503, not 200`,
  });
  expect(await health(http('/starting'))).toMatchObject({ is: 'unhealthy' });
  expect((await health(http('/hang'))).evidence).toContain('nothing within 500 ms');
  expect(await health({ ...http('/up'), url: 'http://127.0.0.1:1/' } as ComponentHealth)).toMatchObject({
    is: 'unhealthy',
    evidence: expect.stringContaining('gave no answer') as string,
  });
});

test('a command is healthy when it exits 0; one that can not be run says nothing', async () => {
  const command = (...words: [string, ...string[]]): ComponentHealth => ({
    kind: 'command',
    command: words,
    timeoutMs: 500,
  });
  expect(await health(command('true'))).toMatchObject({ is: 'healthy' });
  expect(await health(command('sh', '-c', 'echo broken; exit 4'))).toMatchObject({
    is: 'unhealthy',
    evidence: expect.stringContaining('exit code 4: broken') as string,
  });
  expect(await health(command('sleep', '5'))).toMatchObject({ is: 'unhealthy' });
  expect(await health(command('esr-ops-no-such-program'))).toMatchObject({ is: 'unknown' });
  expect(await health(null)).toMatchObject({ is: 'unknown' });
});

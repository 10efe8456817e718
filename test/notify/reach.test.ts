import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { reachWebhook } from '../../src/services/notify/reach.ts';

const channel = { tls: {}, timeoutMs: 2_000 };

test('a webhook’s server is connected to, and not one octet is sent', async () => {
  let octets = 0;
  let ended: () => void = () => undefined;
  const hungUp = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const server = createServer((socket) => {
    socket.on('data', (chunk) => (octets += chunk.length));
    socket.on('close', () => ended());
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    expect(await reachWebhook(channel, `http://127.0.0.1:${port}/services/T0/B0/xyz`)).toContain('answers');
    await hungUp;
    expect(octets).toBe(0);
    // Something that speaks no TLS is no webhook to send secrets to.
    const spoken = reachWebhook({ ...channel, timeoutMs: 300 }, `https://127.0.0.1:${port}/services/xyz`);
    await expect(spoken).rejects.toThrow(Fault);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  const gone = await reachWebhook(channel, `http://127.0.0.1:${port}/services/xyz`).catch((error: unknown) => error);
  expect(gone).toBeInstanceOf(Fault);
  expect((gone as Fault).message).toMatch(/refused/);
  expect(JSON.stringify((gone as Fault).problems)).not.toContain('xyz');
  await expect(reachWebhook(channel, 'hooks/xyz')).rejects.toThrow(/not an http/);
});

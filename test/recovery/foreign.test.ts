import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import amqp from 'amqplib';
import { afterEach, describe, expect, it } from 'vitest';
import { createRabbitReader } from '../../src/services/rabbitmq/reader.ts';
import { rabbitAccess } from '../support/rabbit-access.ts';
import { blockedItems } from './blocked-items.ts';
import { richVhost, type RichVhost } from './rich-vhost.ts';

let rich: RichVhost | undefined;
afterEach(async () => {
  await rich?.remove();
  rich = undefined;
});

const belonging = {
  consumers: 0,
  queuePrefixes: ['esr.', 'q.', '/', 'é', ' ', '"', '.', '-', 'a'],
  users: ['esr-*', 'cdc-*'],
};

describe('who lives in the vhost and does not belong there', { timeout: 180_000 }, () => {
  it('blocks the recreation until every queue and user of others is named', async () => {
    const made = (rich = await richVhost({ rabbitmq: { expected: belonging } }));
    await made.breakDown();
    const before = await made.view();
    const consent = ['--yes', '--confirm', `recreate:${made.name}`];
    const recover = (...flags: string[]) => made.run('recover', 'vhost', ...consent, '--output', 'json', ...flags);
    const blocked = await recover();
    expect(blocked.exitCode, blocked.stderr).toBe(4);
    const strangers = ['queue:reval.queue.foreign', `user:${made.broker.user}`, `user:${made.user('reval')}`];
    expect([...blockedItems(blocked, 'vhost.foreign')].sort()).toEqual(strangers);
    const half = await recover('--foreign', strangers[0]!, '--foreign', strangers[1]!);
    expect(half.exitCode, half.stderr).toBe(4);
    expect(blockedItems(half, 'vhost.foreign')).toEqual([strangers[2]]);
    expect(await made.view()).toEqual(before);
    const recovered = await recover(...strangers.flatMap((item) => ['--foreign', item]));
    expect(recovered.exitCode, recovered.stderr).toBe(0);
    expect(await made.view()).toEqual(before);
  });

  it('lets neighbours of the configuration pass, and still names them', async () => {
    const made = (rich = await richVhost({
      rabbitmq: { expected: { ...belonging, users: ['*'], neighbours: ['queue:reval.queue.foreign'] } },
    }));
    await made.breakDown();
    const recovered = await made.run('recover', 'vhost', '--yes', '--confirm', `recreate:${made.name}`);
    expect(recovered.exitCode, recovered.stderr).toBe(0);
    expect(recovered.stderr.replaceAll(/\s+/g, ' ')).toContain(
      'neighbours that the configuration knows: queue:reval.queue.foreign',
    );
  });

  it('blocks on a connection of a user without a permission of its own', async () => {
    const made = (rich = await richVhost({
      rabbitmq: {
        expected: {
          ...belonging,
          users: ['esr-*', 'cdc-*', 'reval-*', 'lab-admin'],
          neighbours: ['queue:reval.queue.foreign'],
        },
      },
    }));
    const stranger = `stranger-${made.tool.name}`;
    await made.api('PUT', `/api/users/${stranger}`, { password: 's', tags: '' });
    try {
      await made.api('PUT', `/api/permissions/${made.segment}/${stranger}`, { configure: '', write: '', read: '' });
      const url = `${made.broker.amqpUrl.replace('://', `://${stranger}:s@`)}/${made.segment}`;
      const connection = await amqp.connect(url);
      connection.on('error', () => undefined);
      // Its permission goes, its connection stays: the broker checks permissions when a channel does something.
      await made.api('DELETE', `/api/permissions/${made.segment}/${stranger}`);
      const flags = ['recover', 'vhost', '--force-recreate', '--yes', '--confirm', `recreate:${made.name}`];
      await expect
        .poll(() => made.api('GET', `/api/vhosts/${made.segment}/connections`), { timeout: 60_000 })
        .toMatchObject([{ user: stranger }]);
      const blocked = await made.run(...flags);
      expect(blocked.exitCode, blocked.stderr).toBe(4);
      expect(blocked.stderr).toContain(`connection:${stranger}`);
      await connection.close().catch(() => undefined);
    } finally {
      await made.api('DELETE', `/api/users/${stranger}`);
    }
  });
});

describe('deletion protection', () => {
  // RabbitMQ 3.10 has none (it came with 4.0.6), so a small server plays the broker's answers of later versions: a double.
  it.each([
    [{ protected_from_deletion: true }, true],
    [{ metadata: { protected_from_deletion: true } }, true],
    [{ protected_from_deletion: false }, false],
    [{}, false],
  ])('is read from %j (double)', async (fields, expected) => {
    const double = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ name: 'v', tracing: false, cluster_state: { a: 'running' }, ...fields }));
    });
    await new Promise<void>((resolve) => double.listen(0, '127.0.0.1', resolve));
    const { port } = double.address() as AddressInfo;
    const reader = createRabbitReader(rabbitAccess({ management: `http://127.0.0.1:${port}` }));
    try {
      expect(await reader.deletionProtected('v')).toBe(expected);
    } finally {
      await reader.close();
      double.closeAllConnections();
      await new Promise((resolve) => double.close(resolve));
    }
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { isVhostAlive, mendVhost } from '../../src/lab/break-vhost.ts';
import { freshVhost, httpApi, mustApi, servers, type TestVhost } from '../support/servers.ts';

let vhost: TestVhost | undefined;
afterEach(async () => {
  await vhost?.remove();
  vhost = undefined;
});

const clusterState = async (segment: string): Promise<unknown> =>
  ((await mustApi('GET', `/api/vhosts/${segment}`)) as { cluster_state: Record<string, string> }).cluster_state;

const publish = (segment: string, payload: string): Promise<unknown> =>
  mustApi('POST', `/api/exchanges/${segment}/amq.default/publish`, {
    properties: { delivery_mode: 2 },
    routing_key: 'q',
    payload,
    payload_encoding: 'string',
  });

describe('breakVhost', () => {
  it('is a fault that the broker reports itself and refuses to start', async () => {
    vhost = await freshVhost('down one/ü');
    const { nodeName } = servers().rabbit;
    expect(await clusterState(vhost.segment)).toEqual({ [nodeName]: 'running' });

    await vhost.breakDown();

    expect(await clusterState(vhost.segment)).toEqual({ [nodeName]: 'stopped' });
    const start = await httpApi('POST', `/api/vhosts/${vhost.segment}/start/${encodeURIComponent(nodeName)}`);
    expect(start.status).toBe(400);
    expect(JSON.stringify(start.body)).toContain('failed_to_start_child');
    expect(await clusterState('%2F')).toEqual({ [nodeName]: 'running' });
  });

  it('can be mended: the vhost runs again with its queues, without their messages', async () => {
    vhost = await freshVhost();
    const { name, segment } = vhost;
    await mustApi('PUT', `/api/queues/${segment}/q`, { durable: true });
    await publish(segment, 'before');
    await vhost.breakDown();
    await mendVhost(servers().rabbit.erlang, name);

    expect(await isVhostAlive(servers().rabbit.erlang, name)).toBe(true);
    await publish(segment, 'after');
    const got = await mustApi('POST', `/api/queues/${segment}/q/get`, {
      count: 10,
      ackmode: 'ack_requeue_false',
      encoding: 'auto',
    });
    expect(got).toMatchObject([{ payload: 'after' }]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { esrOps, testEnvironment, type TestEnvironment } from '../support/program.ts';
import { freshVhost, httpApi, mustApi, type TestVhost } from '../support/servers.ts';

describe('recover vhost from a script', () => {
  let vhost: TestVhost;
  let environment: TestEnvironment;

  beforeEach(async () => {
    vhost = await freshVhost();
    environment = await testEnvironment(vhost.name);
    await mustApi('PUT', `/api/queues/${vhost.segment}/q.one`, { durable: true, arguments: {} });
    await mustApi('PUT', `/api/exchanges/${vhost.segment}/x.one`, { type: 'topic', durable: true });
    await mustApi('POST', `/api/bindings/${vhost.segment}/e/x.one/q/q.one`, { routing_key: 'a.#', arguments: {} });
  });
  afterEach(async () => {
    await vhost.remove();
    await environment.remove();
  });

  it('refuses before any effect when the token is missing, then recovers with it, then has nothing to do', async () => {
    await vhost.breakDown();
    const refused = await esrOps(['recover', 'vhost', '--yes'], environment);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain(`--confirm recreate:${vhost.name}`);
    const still = await httpApi('GET', `/api/vhosts/${vhost.segment}`);
    expect(JSON.stringify(still.body)).toContain('stopped');

    const recovered = await esrOps(['recover', 'vhost', '--yes', '--confirm', `recreate:${vhost.name}`], environment);
    expect(recovered.exitCode, recovered.stderr).toBe(0);
    const bindings = (await mustApi('GET', `/api/exchanges/${vhost.segment}/x.one/bindings/source`)) as {
      destination: string;
      routing_key: string;
    }[];
    expect(bindings.map(({ destination, routing_key }) => [destination, routing_key])).toEqual([['q.one', 'a.#']]);

    const again = await esrOps(['recover', 'vhost', '--yes'], environment);
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain('Nothing to do');
  });
});

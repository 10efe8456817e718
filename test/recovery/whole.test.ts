import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRabbit, type RabbitNode } from '../../src/lab/rabbitmq-node.ts';
import { richVhost, type RichVhost, type SomeBroker } from './rich-vhost.ts';

let rich: RichVhost | undefined;
afterEach(async () => {
  await rich?.remove();
  rich = undefined;
});

const consent = (vhost: string) => ['--yes', '--confirm', `recreate:${vhost}`];

async function recoverAndCompare(made: RichVhost, broken: () => Promise<void>, ...flags: string[]): Promise<void> {
  const before = await made.view();
  await broken();
  const recovered = await made.run('recover', 'vhost', ...consent(made.name), ...flags);
  expect(recovered.exitCode, recovered.stderr + recovered.stdout).toBe(0);
  expect(await made.view()).toEqual(before);
  const again = await made.run('recover', 'vhost', '--yes');
  expect(again.exitCode, again.stderr).toBe(0);
  expect(again.stdout).toContain('Nothing to do');
  expect(await made.view()).toEqual(before);
}

async function captured(made: RichVhost): Promise<void> {
  const taken = await made.run('vhost', 'capture', '--yes');
  expect(taken.exitCode, taken.stderr).toBe(0);
}

describe('a whole recovery leaves the vhost as it was, seen from outside', { timeout: 180_000 }, () => {
  it('after it went down', async () => {
    const made = (rich = await richVhost());
    await recoverAndCompare(rich, () => made.breakDown());
  });

  it('after it was deleted', async () => {
    const made = (rich = await richVhost());
    await captured(made);
    await recoverAndCompare(made, async () => {
      await made.api('DELETE', `/api/vhosts/${made.segment}`);
    });
  });

  it('after a service lost its permission', async () => {
    const made = (rich = await richVhost());
    await captured(made);
    await recoverAndCompare(made, async () => {
      await made.api('DELETE', `/api/permissions/${made.segment}/${made.user('esr-inbound')}`);
    });
  });

  it('after a service lost its topic permission', async () => {
    const made = (rich = await richVhost());
    await captured(made);
    await recoverAndCompare(made, async () => {
      await made.api('DELETE', `/api/topic-permissions/${made.segment}/${made.user('esr-audit')}`);
    });
  });

  it('when it runs and is sick all the same', async () => {
    const made = (rich = await richVhost());
    await recoverAndCompare(made, () => Promise.resolve(), '--force-recreate');
  });

  it.each([['é ☃ %2F?#'], [` -two  spaces it's "quoted" `, '--force-recreate']])(
    'with the legal name %j, and asked for as %s',
    async (name, ...flags) => {
      const made = (rich = await richVhost({ name }));
      await recoverAndCompare(rich, () => made.breakDown(), ...flags);
    },
  );
});

describe('on a broker of its own', { timeout: 240_000 }, () => {
  let dir: string;
  let node: RabbitNode;
  let broker: SomeBroker;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'esr-ops-own-broker-'));
    await mkdir(join(dir, 'r'), { mode: 0o700 });
    node = await startRabbit({ dir: join(dir, 'r'), labId: `whole-${process.pid}` });
    broker = node;
  });
  afterAll(async () => {
    await node.kill();
    await rm(dir, { recursive: true, force: true });
  });

  it('comes back whole after it went down and the broker was rebooted, from the last good capture', async () => {
    const made = (rich = await richVhost({ broker }));
    const before = await made.view();
    await captured(made);
    await made.breakDown();
    await node.restart();

    const export_ = (await made.api('GET', `/api/definitions/${made.segment}`)) as Record<string, unknown[]>;
    expect(export_['exchanges']).toEqual([]);
    expect(export_['bindings']).toEqual([]);

    const refused = await made.run('recover', 'vhost', ...consent(made.name));
    expect(refused.exitCode, refused.stderr).toBe(4);
    expect(refused.stderr).toContain('binding esr.exchange -> esr.queue.POR.split (esr.POR.split)');
    expect(refused.stderr).toContain('exchange maxwell');
    expect(refused.stderr).toMatch(/--baseline cap-\S+/);

    const recovered = await made.run('recover', 'vhost', ...consent(made.name), '--baseline', 'last-good');
    expect(recovered.exitCode, recovered.stderr).toBe(0);
    expect(await made.view()).toEqual(before);
    const again = await made.run('recover', 'vhost', '--yes');
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stdout).toContain('Nothing to do');
  });

  it('is blocked after a reboot without an earlier capture, names what would be missing and changes nothing', async () => {
    const made = (rich = await richVhost({ broker }));
    await made.breakDown();
    await node.restart();
    const down = await made.view();
    const refused = await made.run('recover', 'vhost', ...consent(made.name));
    expect(refused.exitCode, refused.stderr).toBe(4);
    expect(refused.stderr).toContain('bindings of queue esr.queue.POR.split');
    expect(refused.stderr).toContain('--accept-missing');
    expect(refused.stderr).not.toMatch(/--baseline cap-/);
    expect(await made.view()).toEqual(down);
  });

  describe('that has a command to reboot it', () => {
    let control: Server;
    let reboot: { name: string; command: string[] };
    beforeAll(async () => {
      control = createServer((_request, response) => {
        void node.restart().then(() => response.end('rebooted'));
      });
      await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
      const { port } = control.address() as AddressInfo;
      reboot = { name: 'own-broker', command: ['curl', '--silent', '--fail', `http://127.0.0.1:${port}/`] };
    });
    afterAll(() => new Promise((resolve) => control.close(resolve)));

    it('reboots it only with consent of its own, after a capture', async () => {
      const made = (rich = await richVhost({ broker, rabbitmq: { reboot } }));
      // Every reboot loses what is not durable.
      await made.api('DELETE', `/api/exchanges/${made.segment}/x.transient`);
      const before = await made.view();
      const { broker: pid } = node.pids();
      for (const flags of [['--yes'], ['--yes', '--confirm', `recreate:${made.name}`]]) {
        const refused = await made.run('broker', 'reboot', ...flags);
        expect(refused.exitCode, refused.stderr).toBe(3);
        expect(refused.stderr).toContain('--confirm reboot:own-broker');
      }
      expect(node.pids().broker).toBe(pid);
      const rebooted = await made.run('broker', 'reboot', '--yes', '--confirm', 'reboot:own-broker');
      expect(rebooted.exitCode, rebooted.stderr).toBe(0);
      expect(node.pids().broker).not.toBe(pid);
      expect(await made.view()).toEqual(before);
    });

    it('recovers by the capture from before the reboot when that did not help', async () => {
      const made = (rich = await richVhost({ broker, rabbitmq: { reboot } }));
      await recoverAndCompare(made, () => made.breakDown(), '--reboot', '--confirm', 'reboot:own-broker');
    });

    it('is blocked where the configuration has no such command', async () => {
      const made = (rich = await richVhost({ broker }));
      const refused = await made.run('broker', 'reboot', '--yes', '--confirm', 'reboot:own-broker');
      expect(refused.exitCode, refused.stderr).toBe(4);
      expect(refused.stderr).toContain('rabbitmq.reboot');
    });
  });

  it("recovers the default vhost '/'", async () => {
    const made = (rich = await richVhost({ broker, name: '/' }));
    await recoverAndCompare(made, () => made.breakDown());
  });
});

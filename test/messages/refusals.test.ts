import { copyFile, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemDisk } from '../../src/services/messages/disk.ts';
import { drainQueues } from '../../src/services/messages/drain-writer.ts';
import { messageJson } from '../../src/services/messages/message-json.ts';
import { readDrain } from '../../src/services/messages/read-drain.ts';
import { restoreDrain } from '../../src/services/messages/restore-writer.ts';
import { verifyDrain } from '../../src/services/messages/verify-drain.ts';
import { rabbitAccess } from '../support/rabbit-access.ts';
import { freshVhost, mustApi, servers, type TestVhost } from '../support/servers.ts';
import { smallDisk } from '../support/small-disk.ts';
import { classic, drainFolder, drainOptions } from './drain-support.ts';
import { wireClient, type WireClient } from './wire-client.ts';

let vhost: TestVhost;
let client: WireClient;
let folder: Awaited<ReturnType<typeof drainFolder>>;
const persistent = Buffer.from('100002', 'hex');
beforeEach(async () => {
  vhost = await freshVhost();
  client = await wireClient(vhost.name);
  folder = await drainFolder();
  await client.declare('q');
});
afterEach(async () => {
  client.close();
  await vhost.remove();
  await folder.remove();
});

async function fill(count: number, queue = 'q'): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    client.publish({
      routingKey: Buffer.from(queue),
      header: persistent,
      body: Buffer.from(`message ${index}`.padEnd(300)),
    });
  }
  await client.confirmed();
}
const code = (wanted: string): unknown =>
  expect.objectContaining({ problems: [expect.objectContaining({ code: wanted })] });
const restore = (change = {}) =>
  restoreDrain({ access: rabbitAccess(), vhost: vhost.name, dir: folder.dir, ...change });

describe('a damaged drain', () => {
  it('is refused wherever it was cut, flipped, reordered or mixed, saying where', async () => {
    await fill(8_000);
    await drainQueues(drainOptions(vhost.name, folder.dir, { segmentBytes: 100_000 }));
    const names = (await readdir(folder.dir)).filter((name) => name.startsWith('segment-')).sort();
    expect(names.length).toBeGreaterThan(2);
    const path = (index: number): string => join(folder.dir, names[index]!);
    for (const name of [...names, 'manifest.json'])
      expect((await stat(join(folder.dir, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder.dir)).mode & 0o777).toBe(0o700);
    const keep = join(folder.dir, '..', 'keep');
    await copyFile(path(0), keep);
    const refused = async (why: RegExp): Promise<void> => {
      await expect(verifyDrain(folder.dir)).rejects.toThrow(why);
      await expect(restore()).rejects.toThrow(why);
    };
    const size = (await stat(path(0))).size;
    for (const at of [3, 40, 200, 333, 5_000, size - 20]) {
      const file = await open(path(0), 'r+');
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, at);
      byte[0]! ^= 4;
      await file.write(byte, 0, 1, at);
      await file.close();
      await refused(new RegExp(`${names[0]!}.*(damaged|begins|does not begin|sha256|version)`));
      await copyFile(keep, path(0));
    }
    await truncate(path(0), size - 700);
    await refused(/segment-000001\.esrq at octet \d+ \(record \d+\): it ends/);
    await copyFile(keep, path(0));
    const bytes = await readFile(path(0));
    const first = 80;
    const second = bytes.indexOf('ESRr', first + 4);
    const third = bytes.indexOf('ESRr', second + 4);
    const parts = [
      bytes.subarray(0, first),
      bytes.subarray(second, third),
      bytes.subarray(first, second),
      bytes.subarray(third),
    ];
    await writeFile(path(0), Buffer.concat(parts));
    await refused(/at octet 80 \(record 0\): record 1 is here/);
    await copyFile(path(1), path(0));
    await refused(/it is segment 2 of its drain, not 1/);
    await rm(path(0));
    await refused(/segment-000001\.esrq: it is missing/);
    await copyFile(keep, path(0));
    await rename(path(1), join(folder.dir, 'segment-000099.esrq'));
    await refused(/segment-00000[29]/);
    await rename(join(folder.dir, 'segment-000099.esrq'), path(1));
    const other = await drainFolder();
    await fill(3_000);
    await drainQueues(drainOptions(vhost.name, other.dir, { segmentBytes: 300_000 }));
    await copyFile(join(other.dir, names[0]!), path(0));
    await refused(/belongs to another drain/);
    await other.remove();
    await copyFile(keep, path(0));
    expect((await verifyDrain(folder.dir)).manifest.queues[0]?.records).toBe(8_000);
  });
});

describe('a disk that fails', () => {
  it.each(['ENOSPC', 'EIO'])('stops the drain at %s with nothing acknowledged that is not on disk', async (errno) => {
    await fill(5_000);
    let octets = 0;
    const disk = {
      sync: systemDisk.sync,
      write: (fd: number, bytes: Buffer, position: number) => {
        octets += bytes.length;
        return octets > 500_000
          ? Promise.reject(Object.assign(new Error(errno), { code: errno }))
          : systemDisk.write(fd, bytes, position);
      },
    };
    await expect(drainQueues(drainOptions(vhost.name, folder.dir, { disk, prefetch: 1_000 }))).rejects.toEqual(
      code('drain.not-written'),
    );
    const outcome = await drainQueues(drainOptions(vhost.name, folder.dir));
    expect(outcome.queues[0]).toMatchObject({ drained: 5_000, maybeTwice: 0, left: 0 });
    let index = 0;
    for await (const { body } of readDrain(folder.dir)) expect(body?.toString().trim()).toBe(`message ${index++}`);
  });
});

describe('a disk that is really full', () => {
  it('stops a drain and a restore, and both go on when there is room', async (context) => {
    const disk = await smallDisk(context, 'size=2m');
    await fill(8_000);
    const dir = join(disk, 'd');
    const full = {
      problems: [{ code: 'drain.not-written', message: expect.stringContaining('the disk is full') as string }],
    };
    await expect(drainQueues(drainOptions(vhost.name, dir, { prefetch: 1_000 }))).rejects.toMatchObject(full);
    await execa('mount', ['-o', 'remount,size=8m', disk]);
    const outcome = await drainQueues(drainOptions(vhost.name, dir));
    expect(outcome.queues[0]).toMatchObject({ drained: 8_000, maybeTwice: 0, left: 0 });

    await execa('dd', ['if=/dev/zero', `of=${disk}/filler`, 'bs=4k', 'count=9999'], { reject: false });
    await expect(restore({ dir })).rejects.toMatchObject({ problems: [{ code: 'restore.not-written' }] });
    await rm(join(disk, 'filler'));
    const restored = await restore({ dir });
    expect(restored.restored + restored.earlier).toBe(8_000);
    const count = (await drainQueues(drainOptions(vhost.name, join(disk, 'again')))).queues[0]?.drained ?? 0;
    expect(count - 8_000).toBeLessThanOrEqual(restored.maybeTwice);
    expect(count).toBeGreaterThanOrEqual(8_000);
  });
});

describe('queues', () => {
  it('are refused together: streams, exclusive ones, copies that would spend a delivery limit', async () => {
    const queues = [
      classic('s', { kind: 'stream' }),
      classic('x', { exclusive: true }),
      classic('l', { kind: 'quorum', deliveryLimit: 20 }),
    ];
    await expect(drainQueues(drainOptions(vhost.name, folder.dir, { queues, copy: true }))).rejects.toMatchObject({
      problems: [{ code: 'drain.stream' }, { code: 'drain.exclusive' }, { code: 'drain.delivery-limit' }],
    });
  });

  it('that do not exist, or that the disk has no room for, are no empty ones', async () => {
    await expect(drainQueues(drainOptions(vhost.name, folder.dir, { queues: [classic('nowhere')] }))).rejects.toThrow(
      /404 NOT_FOUND/,
    );
    const other = await drainFolder();
    const queues = [classic('q', { expected: 1, expectedBytes: 1e15 })];
    await expect(drainQueues(drainOptions(vhost.name, other.dir, { queues }))).rejects.toEqual(code('drain.no-room'));
    await other.remove();
  });

  it('lose their consumer when they are deleted meanwhile, which is a fault', async () => {
    await fill(20_000);
    const stop = drainQueues(
      drainOptions(vhost.name, folder.dir, {
        disk: {
          write: systemDisk.write,
          sync: (fd) => new Promise((done) => setTimeout(() => done(systemDisk.sync(fd)), 300)),
        },
        prefetch: 500,
      }),
    );
    setTimeout(() => void mustApi('DELETE', `/api/queues/${vhost.segment}/q`), 500);
    await expect(stop).rejects.toEqual(code('drain.cancelled'));
  });

  it('keep their messages in a copy', async () => {
    await fill(2_000);
    const outcome = await drainQueues(drainOptions(vhost.name, folder.dir, { copy: true }));
    expect(outcome.queues[0]).toMatchObject({ drained: 2_000, left: 2_000 });
  });

  it('of kind quorum are drained and restored', async () => {
    const type = Buffer.from('0c782d71756575652d747970655300000006717f6f72756d', 'hex');
    type.write('quorum', type.length - 6);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(type.length);
    await client.declare('qq', Buffer.concat([size, type]));
    await fill(2_000, 'qq');
    const queues = [classic('qq', { kind: 'quorum', expected: 2_000, deliveryLimit: 5 })];
    const outcome = await drainQueues(drainOptions(vhost.name, folder.dir, { queues }));
    expect(outcome.queues[0]).toMatchObject({ drained: 2_000, left: 0, verdict: 'as-expected' });
    expect(await restore()).toMatchObject({ restored: 2_000, left: [] });
    expect((await client.get('qq'))?.body.toString().trim()).toBe('message 0');
  });

  it('are restored once they are there again, after a restore that met none', async () => {
    await fill(50);
    await drainQueues(drainOptions(vhost.name, folder.dir));
    await mustApi('DELETE', `/api/queues/${vhost.segment}/q`);
    for (let tries = 0; tries < 2; tries += 1)
      await expect(restore()).rejects.toMatchObject({
        problems: [{ code: 'restore.stopped', details: { restored: 0 } }],
      });
    await client.declare('q');
    expect(await restore()).toMatchObject({ restored: 50, maybeTwice: 0, left: [] });
  });

  it('stop at a message boundary when asked, with nothing given back', async () => {
    await fill(20_000);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const outcome = await drainQueues(drainOptions(vhost.name, folder.dir, { signal: stop.signal, prefetch: 300 }));
    const [queue] = outcome.queues;
    expect(queue!.drained + queue!.left).toBe(20_000);
    const rest = await drainQueues(drainOptions(vhost.name, folder.dir)).catch((error: unknown) => error);
    if (outcome.interrupted) expect(rest).toMatchObject({ queues: [{ drained: 20_000, maybeTwice: 0 }] });
  });
});

describe('what can not stay as it was', () => {
  it('is listed: another user_id, CC and BCC, an expiration; the message gets nowhere else', async () => {
    await client.declare('other');
    const { user } = servers().rabbit;
    const ss = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
    const array = (name: string): Buffer => {
      const item = Buffer.concat([Buffer.from('S'), Buffer.from([0, 0, 0, 5]), Buffer.from('other')]);
      return Buffer.concat([ss(name), Buffer.from('A'), Buffer.from([0, 0, 0, item.length]), item]);
    };
    const table = Buffer.concat([array('CC'), array('BCC')]);
    const header = Buffer.concat([Buffer.from([0x20, 0x10, 0, 0, 0, table.length]), table, ss(user)]);
    client.publish({ routingKey: Buffer.from('q'), header, body: Buffer.from('{"name":"A Person","ts":7}') });
    client.publish({
      routingKey: Buffer.from('q'),
      header: Buffer.concat([Buffer.from([0x01, 0x00]), ss('3600000')]),
      body: Buffer.from('with time'),
    });
    await client.confirmed();
    await drainQueues(drainOptions(vhost.name, folder.dir));
    while ((await client.get('other')) !== null);
    const shown: string[] = [];
    for await (const message of readDrain(folder.dir)) shown.push(JSON.stringify(messageJson(message)));
    expect(shown.join()).not.toContain('A Person');
    const found = [];
    for await (const { record } of readDrain(folder.dir, { body: { pointer: '/ts', equals: '7' } })) found.push(record);
    expect(found).toEqual([0]);

    await mustApi('PUT', '/api/users/someone-else', { password: 'x-for-this-test', tags: '' });
    await mustApi('PUT', `/api/permissions/${vhost.segment}/someone-else`, {
      configure: '.*',
      write: '.*',
      read: '.*',
    });
    const access = { ...rabbitAccess(), user: 'someone-else', password: () => Promise.resolve('x-for-this-test') };
    const outcome = await restore({ access });
    await mustApi('DELETE', '/api/users/someone-else');
    expect(outcome.restored).toBe(2);
    expect(outcome.changed).toMatchObject({ 'user-id-dropped': { count: 1 }, 'expiration-restarts': { count: 1 } });
    expect(await client.get('other')).toBeNull();
    const kept = await client.get('q');
    expect(kept?.header.includes('CC')).toBe(true);
    expect(kept?.routingKey.toString()).toBe('q');
    const exchanges = (await mustApi('GET', `/api/exchanges/${vhost.segment}`)) as { name: string }[];
    expect(exchanges.filter(({ name }) => name.startsWith('esr-ops'))).toEqual([]);
  });

  it('parks what the caller names, and sends the rest once', async () => {
    await fill(10);
    await drainQueues(drainOptions(vhost.name, folder.dir));
    const park = ({ inQueue }: { inQueue: number }): string | null => (inQueue < 3 ? 'comes again' : null);
    expect(await restore({ park })).toMatchObject({ restored: 7, parked: { 'comes again': 3 }, maybeTwice: 0 });
    expect(await restore({ park })).toMatchObject({ restored: 0, earlier: 7, maybeTwice: 0 });
  });
});

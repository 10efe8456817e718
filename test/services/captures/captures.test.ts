import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { VhostSnapshot } from '../../../src/core/vhost.ts';
import { createCaptureReader } from '../../../src/services/captures/reader.ts';
import { createCaptureWriter, type CaptureWriterOptions } from '../../../src/services/captures/writer.ts';
import { snapshotOfVhost } from '../../support/snapshots.ts';

const id = 'cap-20260322T062500Z-0a1b2c';
const secret = 'Planted-S3cret/+%';
const complete = { is: 'complete', because: 'it runs' } as const;
const encrypt: CaptureWriterOptions = { secrets: 'encrypt', secretKey: () => Promise.resolve('the key') };
const key = (text: string) => () => Promise.resolve(text);

function withShovels(): VhostSnapshot {
  const parameters: JsonObject[] = [
    {
      component: 'shovel',
      name: 'a/b',
      value: {
        'src-uri': [`amqp://u:${encodeURIComponent(secret)}@h`, 'amqp://h'],
        'dest-queue': 'q',
        $secret: 'not one',
      },
    },
    {
      component: 'federation-upstream',
      name: 'f',
      value: { uri: 'amqps://h', deep: { list: [{ 'api-token': secret }] } },
    },
    { component: 'other', name: 'plain', value: ['text', 1, null, { password: 1234 }] },
  ];
  return {
    ...snapshotOfVhost({ parameters, queues: [{ name: 'é', arguments: { 'x-max-length': 5 } }] }),
    permissions: [{ user: 'u', configure: '', write: '', read: '.*' }],
    limits: { 'max-queues': 3 },
    depths: [{ queue: 'é', messages: 3, ready: 2, unacknowledged: 1, consumers: 4 }],
  };
}

let state: string;
let dir: string;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'esr-ops-captures-'));
  dir = join(state, 'lab', 'captures');
});
afterEach(async () => {
  await rm(state, { recursive: true, force: true });
});

describe('captures', () => {
  it('reads back what was written, secrets included, in private files', async () => {
    const manifest = await createCaptureWriter(dir, encrypt).write(id, withShovels(), complete);
    expect(manifest).toMatchObject({
      id,
      counts: { queues: 1, messages: 3, consumers: 4 },
      secrets: { kept: 'encrypted' },
    });
    const capture = await createCaptureReader(dir, key('the key')).load(id, 'with');
    expect(capture.snapshot).toEqual(withShovels());
    expect((await stat(join(dir, id))).mode & 0o777).toBe(0o700);
    const names = await readdir(join(dir, id));
    expect(names.sort()).toEqual([
      'activity.json',
      'definitions.json',
      'manifest.json',
      'permissions.json',
      'secrets.enc',
      'settings.json',
    ]);
    for (const name of names) expect((await stat(join(dir, id, name))).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual([id]);
  });

  it('has no secret in any file, in whatever form', async () => {
    await createCaptureWriter(dir, encrypt).write(id, withShovels(), complete);
    const forms = [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64').slice(0, -4),
      JSON.stringify(secret).slice(1, -1),
    ];
    for (const name of await readdir(join(dir, id))) {
      const content = await readFile(join(dir, id, name), 'utf8');
      for (const form of forms) expect(content, name).not.toContain(form);
    }
  });

  it('leaves secrets out by configuration and says which', async () => {
    const manifest = await createCaptureWriter(dir, { secrets: 'omit', secretKey: null }).write(
      id,
      withShovels(),
      complete,
    );
    expect(manifest.secrets).toEqual({
      kept: 'omitted',
      items: [
        'federation-upstream/f/deep/list/0/api-token',
        'other/plain/3/password',
        'shovel/a%2Fb/%24secret',
        'shovel/a%2Fb/src-uri/0',
      ],
    });
    const { snapshot } = await createCaptureReader(dir, null).load(id, 'without');
    expect(JSON.stringify(snapshot)).not.toContain(encodeURIComponent(secret));
    expect(await readdir(join(dir, id))).not.toContain('secrets.enc');
  });

  it('keeps marks without the key, and says clearly that a key is the wrong one', async () => {
    await createCaptureWriter(dir, encrypt).write(id, withShovels(), complete);
    const { snapshot } = await createCaptureReader(dir, null).load(id, 'without');
    expect(snapshot.definitions.parameters[0]).toMatchObject({
      value: { 'src-uri': [{ $secret: 'shovel/a%2Fb/src-uri/0' }, 'amqp://h'] },
    });
    await expect(createCaptureReader(dir, key('another')).load(id, 'with')).rejects.toMatchObject({
      problems: [{ code: 'capture.wrong-key', exit: 'usage' }],
    });
  });

  it('refuses to encrypt without a key before anything is written', async () => {
    const writer = createCaptureWriter(dir, { secrets: 'encrypt', secretKey: null });
    await expect(writer.write(id, withShovels(), complete)).rejects.toMatchObject({
      problems: [{ code: 'capture.no-key' }],
    });
    expect(await readdir(state)).toEqual([]);
    await expect(writer.write(id, snapshotOfVhost({}), complete)).resolves.toMatchObject({ secrets: { kept: 'none' } });
  });

  it.each(['../x', 'cap-20260322T062500Z-0a1b2c/..', 'cap-20260322T062500Z-0A1B2C', '', `${id}\n`])(
    'never makes a path of the id %j',
    async (bad) => {
      await expect(createCaptureReader(dir, null).load(bad, 'without')).rejects.toMatchObject({
        problems: [{ code: 'capture.bad-id' }],
      });
      await expect(createCaptureWriter(dir, encrypt).write(bad, withShovels(), complete)).rejects.toMatchObject({
        problems: [{ code: 'capture.bad-id' }],
      });
    },
  );

  it('lists newest first, of one vhost, and names damaged ones', async () => {
    const writer = createCaptureWriter(dir, encrypt);
    const ids = ['cap-20260320T000000Z-000001', 'cap-20260322T000000Z-000001', 'cap-20260321T000000Z-000001'];
    for (const each of ids) await writer.write(each, withShovels(), complete);
    await writer.write('cap-20260323T000000Z-000001', snapshotOfVhost({}, 'down', '/'), complete);
    await writeFile(join(dir, ids[2]!, 'permissions.json'), '{}');
    await mkdir(join(dir, '.writing-x'));
    const listed = await createCaptureReader(dir, null).list('esr');
    expect(listed.manifests.map((manifest) => manifest.id)).toEqual([ids[1], ids[0]]);
    expect(listed.damaged).toMatchObject([{ id: ids[2], why: expect.stringContaining('permissions.json') as string }]);
    expect((await createCaptureReader(join(state, 'none'), null).list('esr')).manifests).toEqual([]);
  });

  const file = (name: string) => join(dir, id, name);
  it.each<[string, string, () => Promise<void>]>([
    ['a missing file', 'definitions.json', () => rm(file('definitions.json'))],
    ['a cut off file', 'settings.json', () => truncate(file('settings.json'), 10)],
    [
      'a changed byte',
      'activity.json',
      async () =>
        writeFile(file('activity.json'), (await readFile(file('activity.json'), 'utf8')).replace('made', 'MADE')),
    ],
    ['a missing manifest', 'manifest.json', () => rm(file('manifest.json'))],
    [
      'a manifest of another format',
      'manifest.json',
      async () =>
        writeFile(
          file('manifest.json'),
          (await readFile(file('manifest.json'), 'utf8')).replace('"format": 1', '"format": 2'),
        ),
    ],
    [
      'a manifest that names a path',
      'manifest.json',
      async () =>
        writeFile(
          file('manifest.json'),
          (await readFile(file('manifest.json'), 'utf8')).replace('"activity.json"', '"../activity.json"'),
        ),
    ],
    [
      'a manifest with another digest',
      'manifest.json',
      async () =>
        writeFile(
          file('manifest.json'),
          (await readFile(file('manifest.json'), 'utf8'))
            .replace(/"contentDigest": "../, '"contentDigest": "zz')
            .replace('zz', '00'),
        ),
    ],
    [
      'a symbolic link',
      'permissions.json',
      async () => {
        await rename(file('permissions.json'), join(state, 'moved'));
        await symlink(join(state, 'moved'), file('permissions.json'));
      },
    ],
    [
      'a folder that is a link',
      id,
      async () => {
        await rename(join(dir, id), join(state, 'moved'));
        await symlink(join(state, 'moved'), join(dir, id));
      },
    ],
    ['a secrets file cut off', 'secrets.enc', () => truncate(file('secrets.enc'), 5)],
  ])('refuses %s, naming the file', async (_what, name, damage) => {
    await createCaptureWriter(dir, encrypt).write(id, withShovels(), complete);
    await damage();
    await expect(createCaptureReader(dir, key('the key')).load(id, 'with')).rejects.toMatchObject({
      problems: [{ code: 'capture.damaged', where: expect.stringContaining(name) as string }],
    });
  });

  it("refuses another user's files, and a capture under another id", async () => {
    await createCaptureWriter(dir, encrypt).write(id, withShovels(), complete);
    await expect(createCaptureReader(dir, null, 12345).load(id, 'without')).rejects.toMatchObject({
      problems: [{ code: 'capture.damaged' }],
    });
    const other = 'cap-20260322T062500Z-ffffff';
    await cp(join(dir, id), join(dir, other), { recursive: true });
    await expect(createCaptureReader(dir, null).load(other, 'without')).rejects.toMatchObject({
      problems: [{ code: 'capture.damaged' }],
    });
  });

  it('checks the room on the disk first', async () => {
    const writer = createCaptureWriter(dir, { ...encrypt, freeBytes: () => Promise.resolve(1000) });
    await expect(writer.write(id, withShovels(), complete)).rejects.toMatchObject({
      problems: [{ code: 'capture.no-space', exit: 'blocked' }],
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it.each([
    ['ENOSPC', 'capture.no-space'],
    ['EIO', 'capture.not-written'],
  ])('leaves nothing behind after %s', async (code, fault) => {
    for (let failAt = 1; failAt <= 6; failAt += 1) {
      let count = 0;
      const write = async (path: string, content: string): Promise<void> => {
        count += 1;
        await writeFile(path, content.slice(0, count === failAt ? 10 : undefined));
        if (count === failAt) throw Object.assign(new Error(code), { code });
      };
      await expect(
        createCaptureWriter(dir, { ...encrypt, write }).write(id, withShovels(), complete),
      ).rejects.toMatchObject({ problems: [{ code: fault }] });
      expect(await readdir(dir)).toEqual([]);
    }
  });

  it('takes a capture away that does not read back', async () => {
    const write = (path: string, content: string): Promise<void> =>
      writeFile(path, content.replace('max-queues', 'min-queues'));
    await expect(
      createCaptureWriter(dir, { ...encrypt, write }).write(id, withShovels(), complete),
    ).rejects.toMatchObject({ problems: [{ code: 'capture.damaged' }] });
    expect(await readdir(dir)).toEqual([]);
  });

  it('never overwrites, and removes what a killed program left long ago', async () => {
    const writer = createCaptureWriter(dir, encrypt);
    await writer.write(id, withShovels(), complete);
    await expect(writer.write(id, snapshotOfVhost({}), complete)).rejects.toMatchObject({
      problems: [{ code: 'capture.exists' }],
    });
    for (const name of ['.writing-old', '.writing-new']) await mkdir(join(dir, name));
    await utimes(join(dir, '.writing-old'), 1, 1);
    await chmod(join(dir, '.writing-old'), 0o700);
    await writer.write('cap-20260322T062501Z-0a1b2c', withShovels(), complete);
    expect((await readdir(dir)).filter((name) => name.startsWith('.'))).toEqual(['.writing-new']);
  });
});

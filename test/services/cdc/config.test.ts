import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { effectiveTarget, type CdcConfigKind, type CdcSettings } from '../../../src/core/cdc-config.ts';
import type { HostReader, HostWriter } from '../../../src/core/host-machine.ts';
import { repointed } from '../../../src/core/repointed.ts';
import { createCdcReader } from '../../../src/services/cdc/reader.ts';
import { createCdcWriter } from '../../../src/services/cdc/writer.ts';
import { createLocalReader, createSshReader } from '../../../src/services/host/reader.ts';
import { createLocalWriter, createSshWriter } from '../../../src/services/host/writer.ts';
import { describeWithSshd } from '../../support/sshd.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esr-cdc-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files: readonly (readonly [kind: CdcConfigKind, text: string])[] = [
  [
    { kind: 'properties' },
    '# CDC\nrabbitmq_uri=amqps://cdc:uri-pa55word@mq/esr\nrabbitmq_user=cdc\nrabbitmq_pass=0ld-pa55word\n',
  ],
  [{ kind: 'env' }, '# CDC\nMAXWELL_OPTIONS="--rabbitmq_host=mq --rabbitmq_user=cdc --rabbitmq_pass=0ld-pa55word"\n'],
  [
    { kind: 'compose', service: 'cdc' },
    'services:\n  cdc: # mine\n    environment:\n      MAXWELL_RABBITMQ_HOST: mq\n      MAXWELL_RABBITMQ_USER: cdc\n      MAXWELL_RABBITMQ_PASS: 0ld-pa55word\n',
  ],
];

const behaviour = (reader: () => HostReader, writer: () => HostWriter): void => {
  it.each(files)('repoints %j, and reads back what it wrote', async (kind, text) => {
    const file = join(folder, 'config of cdc');
    await writeFile(file, text);
    await chmod(file, 0o640);
    const settings: CdcSettings = {
      clientId: 'maxwell',
      schemaDatabase: 'maxwell',
      exchange: { name: 'tis', type: 'topic', durable: true },
      config: { ...kind, file, host: 'db-1' },
      control: { container: 'maxwell', host: 'db-1', endpoint: null },
    };
    const cdc = { ...createCdcReader(settings, reader), ...createCdcWriter(settings, writer) };
    const before = await cdc.readConfig();
    expect(effectiveTarget(before.config)).toMatchObject({ host: 'mq', vhost: '/', user: 'cdc' });
    const edit = repointed(before.bytes, settings.config, file, { vhost: 'esr-2', password: 'n3w-pa55word' });
    expect(JSON.stringify(edit.diff)).not.toContain('pa55word');

    const written = await cdc.writeConfig(edit.bytes, { expectSha256: before.sha256, run: 'r-7' });
    expect(written.outcome).toBe('written');
    const after = await cdc.readConfig();
    expect(effectiveTarget(after.config)).toMatchObject({ host: 'mq', vhost: 'esr-2', user: 'cdc' });
    expect(after.config.values.get('rabbitmq_pass')?.value).toBe('n3w-pa55word');
    expect(after.sha256).toBe(written.sha256);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(await readFile(written.backup!, 'utf8')).toBe(text);

    await writeFile(file, `${text}# edited by somebody\n`);
    const lost = cdc.writeConfig(edit.bytes, { expectSha256: before.sha256, run: 'r-8' });
    await expect(lost).rejects.toMatchObject({ problems: [{ code: 'host.file-changed' }] });
    expect(await readFile(file, 'utf8')).toBe(`${text}# edited by somebody\n`);
  });
};

describe("CDC's configuration on this machine", () => {
  behaviour(createLocalReader, createLocalWriter);
});

describeWithSshd("CDC's configuration on another machine", (sshd) => {
  behaviour(
    () => createSshReader('db-1', sshd().settings),
    () => createSshWriter('db-1', sshd().settings),
  );
});

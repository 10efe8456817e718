import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Messages } from '../../src/core/messages.ts';
import { esrOps, type Ended } from '../support/program.ts';
import { appKey, localOffices, startTestS3, type TestS3 } from '../support/s3.ts';

let s3: TestS3;
let home: string;

beforeAll(async () => {
  s3 = await startTestS3();
  home = await mkdtemp(join(tmpdir(), 'esr-ops-s3-check-'));
  await s3.putDay('2021-07-27', 3754);
  await configure({});
});
beforeEach(async () => {
  for (const key of await s3.client.keys('outbound/app/')) if (!key.includes('20210727')) await s3.client.remove(key);
  await s3.putDay('2021-07-28', 3767);
});
afterAll(async () => {
  await s3.end();
  await rm(home, { recursive: true, force: true });
});

const files = (prefix: string, key: string): Record<string, unknown> => ({
  meaning: 'Files for ESR.',
  component: 'etl',
  run: { program: '/bin/true' },
  usually: '5m',
  writes: [{ s3: { bucket: s3.server.bucket, prefix, key } }],
  missed: { means: 'Nothing is sent.' },
  rerun: 'safe',
});

async function configure(changes: Record<string, unknown>, file = 'config.yaml'): Promise<string> {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3.server;
  for (const [name, value] of Object.entries({ id: accessKeyId, secret: secretAccessKey }))
    await writeFile(join(home, name), value, { mode: 0o600 });
  const path = join(home, file);
  const environment = {
    localOffices,
    s3: {
      endpoint,
      region,
      pathStyle: true,
      credentials: { accessKeyId: { file: 'id' }, secretAccessKey: { file: 'secret' } },
      ...changes,
    },
    components: { etl: { is: 'Runs the loads.', owner: 'us', control: 'person' } },
    loadTypes: {
      'applicant-export': {
        ...files('outbound/app/', 'DE_${office}_APP_${date:YYYYMMDD}_${seq:8}.DAT'),
        aliases: ['APP'],
      },
      'notification-export': files('outbound/dnc/', '${office}_${date:YYYYMMDD}.DAT'),
    },
  };
  await writeFile(path, stringify({ version: 1, environments: { test: environment } }), { mode: 0o600 });
  return path;
}
const check = (...args: readonly string[]): Promise<Ended> =>
  esrOps(['s3', 'check', '--config', join(home, 'config.yaml'), ...args], {
    env: { HOME: home, XDG_STATE_HOME: home, NO_COLOR: '1', LANG: 'C.UTF-8' },
  });
const app = ['--date', '2021-07-28', '--load-type', 'APP'];

describe('s3 check', () => {
  it('says that a day is complete, without a broker or a database, and ends with 0', async () => {
    const { exitCode, stdout, stderr } = await check(...app);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('✓ applicant-export: 13 of 13 files (complete)');
    expect(stdout).toContain('3767 to 3779; 2021-07-27 ended with 3766');
  });
  it('ends with 11 and names what is missing, the gap, what came twice, what is empty and what is strange', async () => {
    await s3.client.remove(appKey('2021-07-28', 'KSS', 3769));
    await s3.client.put(appKey('2021-07-28', 'EMD', 3780), 'again');
    await s3.client.put(appKey('2021-07-28', 'YHD', 3779), '');
    await s3.client.put('outbound/app/DE_EMD_APP_today.DAT', 'x');
    const { exitCode, stdout, stderr } = await check(...app);
    expect([exitCode, stderr]).toEqual([11, '']);
    const said = stdout.replace(/\s+/g, ' ');
    expect(said).toContain('missing: outbound/app/DE_KSS_APP_20210728_????????.DAT');
    expect(said).toContain('EMD has 2 files instead of 1');
    expect(said).toContain('no file has number 3769');
    expect(said).toContain('YHD_APP_20210728_00003779.DAT has 0 bytes');
    // It was written today, and today is not the day that is checked.
    expect(said).toContain('1 key of other days are no known files');
  });
  it('says the same as JSON, and as a table', async () => {
    await s3.client.remove(appKey('2021-07-28', 'WES', 3777));
    const json = await check(...app, '--output', 'json');
    expect(json.exitCode).toBe(11);
    const { payload } = json.lines.find((line) => line['code'] === 's3.checked') as unknown as {
      payload: Messages['s3.checked'];
    };
    expect(payload.sets[0]).toMatchObject({
      state: 'partial',
      found: 12,
      findings: [
        { kind: 'missing', office: 'WES' },
        { kind: 'gap', from: '3777', to: '3777', after: 'file' },
      ],
    });
    const { exitCode, stdout } = await check(...app, '--csv');
    const rows = stdout.trim().split('\n');
    expect(exitCode).toBe(11);
    expect(rows).toHaveLength(1 + 12 + 2);
    expect(rows[0]).toBe('load_type,date,local_office,sequence,key,bytes,modified,finding');
    expect(rows[1]).toMatch(
      /^applicant-export,2021-07-28,EMD,3767,outbound\/app\/DE_EMD_APP_20210728_00003767\.DAT,\d+,/,
    );
    expect(rows[13]).toMatch(/^applicant-export,2021-07-28,WES,,,,,missing: /);
  });
  it('without a load type looks at all of them, and says which has written nothing yet', async () => {
    const { exitCode, stdout } = await check('--date', '2021-07-28');
    expect(exitCode).toBe(11);
    expect(stdout).toContain('✓ applicant-export: 13 of 13');
    expect(stdout).toContain('notification-export: 0 of 13 files (none)');
    expect(stdout.replace(/\s+/g, ' ')).toContain('missing for 13 Local Offices: EMD, EOE, KSS');
  });
  it.each([
    [[], /--date is missing/],
    [['--date', '2021-02-30'], /not a date that exists/],
    [['--date', '2021-07-28', '--load-type', 'aplicant-export'], /Did\s+you\s+mean\s+`applicant-export`/],
  ])('%j is refused', async (args, said) => {
    const { exitCode, stdout, stderr } = await check(...args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(said);
  });
  it('takes no secret from the file itself, and says so where the object storage is not configured', async () => {
    const said = async (changes: Record<string, unknown>): Promise<string> => {
      const { exitCode, stderr } = await check(...app, '--config', await configure(changes, 'bad.yaml'));
      expect(exitCode).toBe(2);
      return stderr.replace(/\s+/g, ' ');
    };
    const literal = { credentials: { accessKeyId: { file: 'id' }, secretAccessKey: 'plain-secret' } };
    expect(await said(literal)).toMatch(/bad\.yaml:\d+:\d+ .*code: config\.literal-secret/);
    expect(await said(literal)).not.toContain('plain-secret');
  });
});

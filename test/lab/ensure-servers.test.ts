import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/core/fault.ts';
import { ensureServers } from '../../src/lab/ensure-servers.ts';
import { partKinds, type Machine } from '../../src/lab/server-parts.ts';
import { withoutServiceStarts } from '../../src/lab/without-service-starts.ts';

let root: string;
let machine: Machine;
const said: string[] = [];
const say = (line: string): void => {
  said.push(line);
};

beforeEach(async () => {
  said.length = 0;
  root = await mkdtemp(join(tmpdir(), 'esr-ops-machine-'));
  for (const folder of ['bin', 'usr/sbin', 'usr/lib/rabbitmq/bin'])
    await mkdir(join(root, folder), { recursive: true });
  machine = { searchPath: [join(root, 'bin')], root, uid: 0, env: {} };
});
afterEach(() => rm(root, { recursive: true, force: true }));

const program = (path: string, text = '#!/bin/sh\n'): Promise<void> =>
  writeFile(join(root, path), text, { mode: 0o755 });
const calls = async (): Promise<string[]> =>
  existsSync(join(root, 'calls')) ? (await readFile(join(root, 'calls'), 'utf8')).trim().split('\n') : [];

/** An apt-get that writes down how it was called, what the policy says, and "installs" what it was told to make. */
const aptGet = (makes: readonly string[], known = 'true'): Promise<void> =>
  program(
    'bin/apt-get',
    `#!/bin/sh
echo "$@" >> '${root}/calls'
case "$*" in
  update) exit 0;;
  *--simulate*) ${known}; exit;;
esac
sh '${root}/usr/sbin/policy-rc.d' rabbitmq-server start; echo "policy $? frontend $DEBIAN_FRONTEND" >> '${root}/calls'
for name in ${makes.map((name) => `'${join(root, name)}'`).join(' ')}; do printf '#!/bin/sh\\n' > "$name"; chmod 755 "$name"; done
`,
  );
const rabbitFiles = [
  ...partKinds.rabbitmq.programs.map((name) => `bin/${name}`),
  ...partKinds.rabbitmq.files.map((path) => path.slice(1)),
];
const faultOf = async (work: Promise<unknown>): Promise<Fault> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'Fault' });
  return error as Fault;
};

describe('ensureServers', () => {
  it('does nothing when all is there, and lists what optional parts are missing', async () => {
    for (const name of rabbitFiles) await program(name);
    const parts = await ensureServers({ required: ['rabbitmq'], ask: undefined, say, machine });
    expect(parts.find(({ part }) => part === 'rabbitmq')).toEqual({ part: 'rabbitmq', present: true, because: '' });
    expect(parts.find(({ part }) => part === 'docker')).toMatchObject({
      present: false,
      because: expect.stringContaining('docker not found') as unknown,
    });
    expect(said).toEqual([]);
  });

  it('installs what is missing, with services held back and nothing left behind', async () => {
    await aptGet(rabbitFiles);
    await ensureServers({ required: ['rabbitmq'], ask: undefined, say, machine });
    expect(await calls()).toEqual([
      'install --simulate --no-install-recommends --no-remove rabbitmq-server',
      'install -y --no-install-recommends --no-remove rabbitmq-server',
      'policy 101 frontend noninteractive',
    ]);
    expect(existsSync(join(root, 'usr/sbin/policy-rc.d'))).toBe(false);
    expect(said.join('\n')).toContain('rabbitmq is not installed here');
    expect(said.join('\n')).toContain('To be installed from the distribution: rabbitmq-server');
  });

  it("leaves the machine's own policy alone", async () => {
    await program('usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n');
    await aptGet(rabbitFiles);
    await ensureServers({ required: ['rabbitmq'], ask: undefined, say, machine });
    expect(await readFile(join(root, 'usr/sbin/policy-rc.d'), 'utf8')).toBe('#!/bin/sh\nexit 101\n');
  });

  it('brings the package list up to date once when the packages are unknown', async () => {
    await aptGet(rabbitFiles, 'false');
    await ensureServers({ required: ['rabbitmq'], ask: undefined, say, machine });
    expect((await calls()).filter((call) => call === 'update')).toHaveLength(1);
  });

  it('asks first where there is a terminal, and takes no for an answer', async () => {
    await aptGet(rabbitFiles);
    const asked: string[] = [];
    const ask = (question: string): Promise<boolean> => {
      asked.push(question);
      return Promise.resolve(false);
    };
    const fault = await faultOf(ensureServers({ required: ['rabbitmq'], ask, say, machine }));
    expect(fault.exit).toBe('declined');
    expect(asked).toEqual(['Install rabbitmq-server now?']);
    expect(await calls()).toEqual([]);
  });

  it.each([
    ['without apt-get', {}, 'no apt-get'],
    ['without root and sudo', { uid: 1000, apt: true }, 'needs root'],
  ])('says what to type %s', async (_name, { uid = 0, apt = false }: { uid?: number; apt?: boolean }, why) => {
    if (apt) await aptGet(rabbitFiles);
    const fault = await faultOf(
      ensureServers({ required: ['rabbitmq', 'mariadb'], ask: undefined, say, machine: { ...machine, uid } }),
    );
    expect(fault.exit).toBe('unreachable');
    expect(fault.message).toContain(why);
    expect(fault.problems[0].next).toEqual([
      'sudo apt-get install --no-install-recommends rabbitmq-server mariadb-server-core mariadb-client-core',
    ]);
    expect(await calls()).toEqual([]);
  });

  it('believes its eyes, not the exit code of the installation', async () => {
    await aptGet([]);
    const fault = await faultOf(ensureServers({ required: ['rabbitmq'], ask: undefined, say, machine }));
    expect(fault.exit).toBe('unreachable');
    expect(fault.message).toContain('erl_call');
  });

  it('turns a missing optional part into a failure when ESR_OPS_REQUIRE names it', async () => {
    await aptGet([]);
    const env = { ESR_OPS_REQUIRE: 'maven' };
    const fault = await faultOf(ensureServers({ required: [], ask: undefined, say, machine: { ...machine, env } }));
    expect(fault.exit).toBe('unreachable');
    expect(await calls()).toEqual([]);

    const wrong = await faultOf(
      ensureServers({ required: [], ask: undefined, say, machine: { ...machine, env: { ESR_OPS_REQUIRE: 'dokcer' } } }),
    );
    expect(wrong.exit).toBe('usage');
  });
});

describe('withoutServiceStarts', () => {
  it('means nothing any more, and removes itself, once its maker is gone', async () => {
    const policy = join(root, 'usr/sbin/policy-rc.d');
    let text = '';
    await withoutServiceStarts(policy, [], async () => {
      text = await readFile(policy, 'utf8');
    });
    const gone = await execa('sh', ['-c', 'echo $$']);
    await writeFile(policy, text.replaceAll(String(process.pid), gone.stdout), { mode: 0o755 });
    const asked = await execa(policy, ['x', 'start'], { reject: false });
    expect(asked.exitCode).toBe(0);
    expect(existsSync(policy)).toBe(false);
  });

  it('removes the policy when the installation throws', async () => {
    const policy = join(root, 'usr/sbin/policy-rc.d');
    await expect(withoutServiceStarts(policy, [], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(policy)).toBe(false);
  });
});

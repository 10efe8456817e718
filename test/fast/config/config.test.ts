import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { knownLocalOffices } from '../../../src/core/load-type.ts';
import { Fault, type Problem } from '../../../src/core/fault.ts';
import { chooseEnvironment } from '../../../src/config/choose-environment.ts';
import { configJsonSchema } from '../../../src/config/json-schema.ts';
import type { ConfigSource } from '../../../src/config/find-config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { showConfig } from '../../../src/config/show-config.ts';
import { formatExcerpt } from '../../../src/core/excerpt.ts';
import { problemOf } from '../state/faults.ts';
import { tempFolder } from '../state/temp-folder.ts';

const examplePath = fileURLToPath(new URL('example.yaml', import.meta.url));

function problemsOf(text: string): readonly Problem[] {
  try {
    parseConfig(text, 'c.yaml');
  } catch (error) {
    if (error instanceof Fault) return error.problems;
    throw error;
  }
  throw new Error('expected a Fault');
}

const rabbit = `
      management: http://127.0.0.1:1
      amqp: amqp://127.0.0.1:2
      user: esr-ops
      password: { env: P }
      vhost: esr`;
const withLab = (more = ''): string => `version: 1\nenvironments:\n  lab:\n    rabbitmq:${rabbit}\n${more}`;

async function write(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text);
  return path;
}

test('the example is understood, with defaults and absolute paths', async () => {
  const config = await loadConfig({ env: { HOME: await tempFolder() }, file: examplePath });
  const here = dirname(examplePath);
  expect([...config.environments.keys()]).toEqual(['stage', 'prod']);
  expect(chooseEnvironment(config)).toEqual({
    name: 'stage',
    description: 'staging, free to break',
    protected: false,
    timezone: 'Europe/London',
    rabbitmq: {
      management: 'https://mq.stage.example.org:15671',
      amqp: 'amqps://mq.stage.example.org:5671',
      user: 'esr-ops',
      password: { file: join(here, 'stage-rabbitmq-password') },
      vhost: 'esr',
      tls: { ca: join(here, 'ca.pem') },
      expected: {
        queuePrefixes: ['esr.'],
        users: ['esr-*', 'cdc'],
        consumers: 3,
        exchanges: ['maxwell'],
        neighbours: [],
      },
      reboot: {
        name: 'stage-broker',
        command: ['ssh', 'mq.stage.example.org', 'sudo', 'systemctl', 'restart', 'rabbitmq-server'],
      },
      timeoutMs: 10_000,
      slowTimeoutMs: 300_000,
    },
    mysql: {
      host: 'db.stage.example.org',
      port: 3306,
      user: 'esr_ops_read',
      password: { env: 'ESR_OPS_STAGE_MYSQL_PASSWORD' },
      tls: {},
      timeoutMs: 10_000,
    },
    hosts: {},
    docker: {},
    capture: { secrets: 'encrypt', key: { command: ['pass', 'show', 'esr-ops/capture-key'] } },
    cdc: 'manual',
    localOffices: [...knownLocalOffices],
    components: [],
    loadTypes: [],
    cdcMessages: { exchange: 'maxwell', timestamp: 'ts' },
    s3: null,
    notify: { channels: [], warnBeforeMs: 3_600_000 },
    reconcile: null,
    runbooks: [],
  });
  expect(chooseEnvironment(config, 'prod')).toMatchObject({
    protected: true,
    mysql: null,
    capture: { secrets: 'omit', key: null },
    rabbitmq: {
      reboot: null,
      tls: {},
      expected: { queuePrefixes: [], users: [], consumers: null, exchanges: [], neighbours: [] },
    },
  });
  expect(showConfig(config)).toMatchObject({
    defaultEnvironment: 'stage',
    environments: { prod: { rabbitmq: { password: { file: join(here, 'prod-rabbitmq-password') } } } },
  });
});

test('change data capture that can be controlled: paths and programs from the folder of the file, defaults filled in', async () => {
  const dir = await tempFolder();
  const path = join(dir, 'config.yaml');
  const section = (more: string): string => `version: 1
environments:
  one:
    cdc:
      exchange: { name: maxwell }
      config: { kind: properties, file: maxwell/config.properties }
      control:
        start: { command: [systemctl, start, maxwell] }
        stop: { command: [./stop-maxwell] }
        status: { command: [systemctl, is-active, maxwell] }
        logs: { command: [journalctl, -u, maxwell, -n, '50'] }
      mysql: { user: esr_ops_cdc, password: { env: CDC_PASSWORD } }
${more}`;
  await writeFile(path, section(''));
  const { cdc } = chooseEnvironment(await loadConfig({ env: { HOME: dir }, file: path }), 'one');
  expect(cdc).toEqual({
    clientId: 'maxwell',
    schemaDatabase: 'maxwell',
    exchange: { name: 'maxwell', type: 'fanout', durable: false },
    config: { kind: 'properties', file: join(dir, 'maxwell/config.properties'), host: null },
    control: {
      start: { command: ['systemctl', 'start', 'maxwell'], host: null },
      stop: { command: [join(dir, 'stop-maxwell')], host: null },
      status: { command: ['systemctl', 'is-active', 'maxwell'], host: null },
      logs: { command: ['journalctl', '-u', 'maxwell', '-n', '50'], host: null },
    },
    brokerUsers: {},
    mysql: { user: 'esr_ops_cdc', password: { env: 'CDC_PASSWORD' } },
    marginMs: 600_000,
    consumers: [
      expect.objectContaining({ name: 'applicant records', onDuplicate: 'dropped' }),
      expect.objectContaining({ name: 'notifications', onDuplicate: 'unknown' }),
    ],
  });
  await writeFile(
    path,
    section('      margin: 25m\n      consumers:\n        - { queue: esr.queue.POR.saved, onDuplicate: harmful }\n'),
  );
  expect(chooseEnvironment(await loadConfig({ env: { HOME: dir }, file: path }), 'one').cdc).toMatchObject({
    marginMs: 25 * 60_000,
    consumers: [{ name: 'esr.queue.POR.saved', queue: 'esr.queue.POR.saved', onDuplicate: 'harmful', note: '' }],
  });
  await writeFile(path, section('      consumers: [{ onDuplicate: dropped }]\n'));
  expect(await problemOf(loadConfig({ env: { HOME: dir }, file: path }))).toMatchObject({ exit: 'usage' });
  await writeFile(path, section('      schemaDatabase: "max`well"\n'));
  expect(await problemOf(loadConfig({ env: { HOME: dir }, file: path }))).toMatchObject({ exit: 'usage' });
});

const withCdc = (parts: { readonly hosts?: string; readonly config: string; readonly control: string }): string =>
  `version: 1
environments:
  one:
${parts.hosts ?? ''}    cdc:
      exchange: { name: maxwell }
      config: ${parts.config}
      control: ${parts.control}
      mysql: { user: esr_ops_cdc, password: { env: CDC_PASSWORD } }
`;

test('hosts by name, and a CDC that is on them in each of its forms', async () => {
  const dir = await tempFolder();
  const path = join(dir, 'config.yaml');
  const cdcOf = async (parts: Parameters<typeof withCdc>[0]) => {
    await writeFile(path, withCdc(parts));
    return chooseEnvironment(await loadConfig({ env: { HOME: dir }, file: path }), 'one');
  };
  const hosts = `    hosts:
      here: local
      cdc-1: { address: 10.0.0.7, port: 2222, user: ops, identityFile: keys/cdc-1, jump: ops@door:22, connectTimeout: 30s }
      cdc-2: { address: cdc-2.example.org }
`;
  const one = await cdcOf({
    hosts,
    config: '{ kind: env, file: /srv/maxwell/env, host: cdc-1 }',
    control: '{ container: { name: maxwell, host: cdc-1, docker: "unix:///run/user/1000/docker.sock" } }',
  });
  const ssh = { aliveSeconds: 5, shareIn: null };
  expect(one.hosts).toEqual({
    here: { reach: 'local' },
    'cdc-1': {
      reach: 'ssh',
      ssh: {
        ...ssh,
        host: '10.0.0.7',
        port: 2222,
        user: 'ops',
        knownHosts: join(dir, '.ssh/known_hosts'),
        identityFile: join(dir, 'keys/cdc-1'),
        jump: 'ops@door:22',
        connectTimeoutMs: 30_000,
      },
    },
    'cdc-2': {
      reach: 'ssh',
      ssh: {
        ...ssh,
        host: 'cdc-2.example.org',
        port: 22,
        user: null,
        knownHosts: join(dir, '.ssh/known_hosts'),
        identityFile: null,
        jump: null,
        connectTimeoutMs: 15_000,
      },
    },
  });
  expect(one.cdc).toMatchObject({
    config: { kind: 'env', file: '/srv/maxwell/env', host: 'cdc-1' },
    control: { container: 'maxwell', host: 'cdc-1', endpoint: 'unix:///run/user/1000/docker.sock' },
  });
  const two = await cdcOf({
    config: '{ kind: compose, service: cdc, file: docker-compose.yml, host: local }',
    control: '{ systemd: { unit: maxwell.service } }',
  });
  expect(two.cdc).toMatchObject({
    config: { kind: 'compose', service: 'cdc', file: join(dir, 'docker-compose.yml'), host: null },
    control: { systemd: 'maxwell.service', host: null },
  });
  const command = '{ command: [bin/maxwell] }';
  const three = await cdcOf({
    hosts,
    config: '{ kind: properties, file: /etc/maxwell.properties, host: cdc-2 }',
    control: `{ host: cdc-2, start: ${command}, stop: ${command}, status: ${command}, logs: ${command} }`,
  });
  expect(three.cdc).toMatchObject({ control: { start: { command: ['bin/maxwell'], host: 'cdc-2' } } });
});

test('a host that is not there is named with the nearest, and each form of a section says what is wrong with it', () => {
  const problems = problemsOf(
    withCdc({
      hosts: '    hosts: { cdc-1: { address: a }, local: local, odd: { address: "-o", port: 0 } }\n',
      config: '{ kind: env, file: /srv/env, host: cdc1 }',
      control: '{ container: { name: maxwell, host: cdc-2 } }',
    }),
  ).map(({ message, where }) => `${where ?? ''} ${message}`);
  expect(problems.filter((text) => text.includes('hosts'))).toEqual([
    "c.yaml:4:37 `environments.one.hosts.local` has a name that can't be used: it is this machine, always.",
    'c.yaml:4:58 `environments.one.hosts.odd.address` must be a host name or an address.',
    expect.stringContaining('c.yaml:4:73 `environments.one.hosts.odd.port`'),
  ]);
  const named = problemsOf(
    withCdc({
      hosts: '    hosts: { cdc-1: { address: a } }\n',
      config: '{ kind: env, file: /srv/env, host: cdc1 }',
      control: '{ container: { name: maxwell, host: elsewhere } }',
    }),
  ).map(({ message }) => message);
  expect(named).toEqual([
    '`environments.one.cdc.config.host` names no host "cdc1" (there is local, cdc-1); cdc-1 is near.',
    '`environments.one.cdc.control.container.host` names no host "elsewhere" (there is local, cdc-1).',
  ]);
  const control = '{ systemd: { unit: maxwell.service } }';
  const said = (config: string): readonly string[] =>
    problemsOf(withCdc({ config, control })).map(({ message }) => message);
  expect(said('{ kind: env, fiel: /srv/env }').join(' ')).toContain('Did you mean `file`?');
  expect(said('{ kind: compose, file: /srv/env }')).toEqual(['`environments.one.cdc.config.service` is missing.']);
  expect(said('{ kind: ini, file: /srv/env }').join(' ')).toContain('`environments.one.cdc.config.kind`');
});

test('every key of the JSON schema is described', async () => {
  const undescribed: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties')
        for (const [name, property] of Object.entries(value as Record<string, { description?: string }>))
          if (property.description === undefined) undescribed.push(`${path}.${name}`);
      visit(value, `${path}.${key}`);
    }
  };
  const schema = configJsonSchema();
  visit(schema, '');
  expect(undescribed).toEqual([]);
  expect(schema).toMatchObject({ additionalProperties: false, required: ['version', 'environments'] });
  expect(JSON.stringify(schema).length).toBeGreaterThan(3_000);
  expect(await readFile(examplePath, 'utf8')).toContain('config schema');
});

test('all faults are reported together, in order, with line, column and caret', () => {
  const problems = problemsOf(`version: 2
enviroments: {}
environments:
  lab:
    timezone: Europe/Londn
    protected: maybe
    rabbitmq:
      managment: http://127.0.0.1:1
      amqp: http://127.0.0.1:2
      user: ""
      password: { fiel: x }
      vhost: esr
      timeoutMs: soon
    mysql: { host: db, port: 99999, user: u, password: { env: A, file: b } }
    capture: { secrets: encrypt }
`);
  expect(problems.map(({ code, where }) => `${where} ${code}`)).toEqual([
    'c.yaml:1:1 config.wrong-value',
    'c.yaml:2:1 config.unknown-key',
    'c.yaml:5:5 config.wrong-value',
    'c.yaml:6:5 config.wrong-value',
    'c.yaml:7:5 config.missing-key',
    'c.yaml:8:7 config.unknown-key',
    'c.yaml:9:7 config.wrong-value',
    'c.yaml:10:7 config.wrong-value',
    'c.yaml:11:7 config.wrong-value',
    'c.yaml:13:7 config.wrong-value',
    'c.yaml:14:24 config.wrong-value',
    'c.yaml:14:46 config.wrong-value',
    'c.yaml:15:16 config.wrong-value',
  ]);
  const text = problems.map(({ message }) => message);
  expect(text[0]).toBe('`version` must be `1`.');
  expect(text[1]).toContain('Did you mean `environments`?');
  expect(text[3]).toBe('`environments.lab.protected` must be a boolean, not a string.');
  expect(text[4]).toBe('`environments.lab.rabbitmq.management` is missing.');
  expect(text[5]).toContain('Did you mean `management`?');
  expect(text[8]).toContain('Did you mean `file`?');
  expect(formatExcerpt(problems[5]!.details)).toEqual(['      managment: http://127.0.0.1:1', '      ^^^^^^^^^']);
  expect(new Set(problems.map(({ exit }) => exit))).toEqual(new Set(['usage']));
});

test('broken YAML is pointed at', () => {
  expect(problemsOf('version: 1\nenvironments: {\n')[0]).toMatchObject({ code: 'config.syntax', exit: 'usage' });
  expect(problemsOf('version: 1\nversion: 1\nenvironments: {}\n')[0]).toMatchObject({ where: 'c.yaml:2:1' });
  expect(problemsOf('')[0]?.message).toContain('must be a map');
  expect(problemsOf('- a\n')[0]?.message).toBe('The file must be a map, not a list.');
  expect(problemsOf('a: 1\n---\nb: 2\n')[0]?.code).toBe('config.syntax');
});

test('a secret that is written out is refused, with the ways to do it right, and is not repeated', () => {
  const secret = 'hunter2-hunter2';
  for (const text of [
    withLab().replace('{ env: P }', secret),
    withLab().replace('{ env: P }', `"${secret}"`),
    withLab().replace('{ env: P }', `{ value: ${secret} }`),
    withLab().replace('{ env: P }', `*${secret}`),
    withLab().replace('{ env: P }', `>\n        ${secret}`),
    withLab().replace('http://', `http://admin:${secret}@`),
    withLab().replace('amqp://', `amqp://admin:${secret}@`),
    withLab(`    mysql: { hots: db, user: u, password: ${secret} }\n`),
    withLab(`    mysql: { host: db, user: u, password: "${secret}, passwrod: x }\n`),
    withLab(`    capture: { secrets: encrypt, key: ${secret} }\n`),
  ]) {
    const problems = problemsOf(text);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
    const literal = problems.find(({ code }) => code === 'config.literal-secret');
    if (literal !== undefined) expect(literal.next?.join(' ')).toContain('{ env: NAME }');
  }
  expect(problemsOf(withLab().replace('{ env: P }', secret))[0]?.code).toBe('config.literal-secret');
  expect(problemsOf(withLab().replace('http://', `http://a:${secret}@`))[0]?.code).toBe('config.literal-secret');
});

test('whatever the text, it is understood or refused with places in it', () => {
  const pieces = fc.constantFrom(
    ...withLab('    mysql: { host: a }\n').split(/(?<=\n)|(?<=: )/),
    '{',
    ']',
    '&a ',
    '*a',
    '!!x ',
    '"',
    '\t',
    '- ',
    '? ',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join('');
      try {
        parseConfig(text, 'c.yaml');
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        for (const { where, details } of error.problems) {
          const line = Number(/^c\.yaml:(\d+):\d+$/.exec(where ?? '')?.[1]);
          expect(line).toBeLessThanOrEqual(text.split('\n').length);
          expect(formatExcerpt(details)).toHaveLength(2);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test('the file is looked for in order', async () => {
  const home = await tempFolder();
  const file = async (path: string, name: string): Promise<string> =>
    write(join(home, path), withLab().replace('  lab:', `  ${name}:`));
  const only = async (source: ConfigSource): Promise<string> =>
    [...(await loadConfig(source)).environments.keys()].join();
  expect(await only({ env: { HOME: home } })).toBe('');
  await file('.config/esr-ops/config.yaml', 'usual');
  await file('xdg/esr-ops/config.yaml', 'xdg');
  const variable = await file('variable.yaml', 'variable');
  const flag = await file('flag.yaml', 'flag');
  expect(await only({ env: { HOME: home } })).toBe('usual');
  expect(await only({ env: { HOME: home, XDG_CONFIG_HOME: join(home, 'xdg') } })).toBe('xdg');
  expect(await only({ env: { HOME: home, XDG_CONFIG_HOME: join(home, 'none') } })).toBe('usual');
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, 'xdg'), ESR_OPS_CONFIG: variable };
  expect(await only({ env })).toBe('variable');
  expect(await only({ env, file: flag })).toBe('flag');
  expect(await problemOf(loadConfig({ env, file: join(home, 'no.yaml') }))).toMatchObject({
    code: 'config.unreadable',
    exit: 'usage',
  });
});

test('labs that are up are environments; a broken one disturbs nobody else', async () => {
  const home = await tempFolder();
  const state = join(home, 'state');
  const source = { env: { HOME: home }, stateDir: state };
  const lab = withLab('    description: private servers\n');
  const choose = async (name?: string): Promise<unknown> => chooseEnvironment(await loadConfig(source), name);
  expect(await problemOf(choose('lab'))).toMatchObject({
    code: 'config.no-lab',
    exit: 'usage',
    message: 'No lab is up.',
    next: ['esr-ops lab up'],
  });
  expect(await problemOf(choose())).toMatchObject({ code: 'config.missing' });
  await write(join(state, 'labs', 'default', 'config.yaml'), lab);
  expect(await choose()).toMatchObject({ name: 'lab', description: 'private servers' });
  await write(join(state, 'labs', 'two', 'config.yaml'), lab);
  await mkdir(join(state, 'labs', 'coming-up'));
  await write(join(state, 'labs', 'odd', 'config.yaml'), 'version: 3\n');
  expect(await choose('lab-two')).toMatchObject({ name: 'lab-two' });
  expect(await problemOf(choose('lab-odd'))).toMatchObject({ code: 'config.wrong-value' });
  expect(await problemOf(choose('lab-three'))).toMatchObject({ code: 'config.no-lab' });
  expect((await problemOf(choose('lba'))).message).toContain('Did you mean `lab`?');
  expect(await problemOf(choose())).toMatchObject({ code: 'config.no-environment' });
});

test('an environment that is not there is answered with a suggestion and the list', async () => {
  const config = await loadConfig({ env: { HOME: await tempFolder() }, file: examplePath });
  const problem = await problemOf(Promise.resolve().then(() => chooseEnvironment(config, 'prodd')));
  expect(problem).toMatchObject({ code: 'config.unknown-environment', exit: 'usage', where: examplePath });
  expect(problem.message).toBe('There is no environment `prodd`. Did you mean `prod`? There are: stage, prod.');
  expect(problemsOf(withLab().replace('version: 1', 'version: 1\ndefaultEnvironment: prod'))[0]?.where).toBe(
    'c.yaml:2:1',
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { HostReader } from '../../src/core/host-machine.ts';
import { createComponentLooker } from '../../src/services/components/look.ts';
import { containerState, unitState } from '../../src/services/cdc/process-state.ts';
import { createDockerReader } from '../../src/services/docker/reader.ts';
import { cases, eachCase, mutated, readOrRefused } from './fuzzing.ts';

const id = 'a'.repeat(64);
const inspected = {
  Id: id,
  Name: '/esr',
  RestartCount: 1,
  State: {
    Status: 'running',
    Running: true,
    OOMKilled: false,
    Pid: 5,
    ExitCode: 0,
    Error: '',
    StartedAt: '2026-03-22T06:25:00.123456789Z',
    FinishedAt: '0001-01-01T00:00:00Z',
    Health: { Status: 'healthy' },
  },
  Config: { Image: 'esr:1', Env: ['A=b'] },
  HostConfig: { AutoRemove: false, RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } },
};
/** What the client prints, by its first word. */
const prints: Readonly<Record<string, unknown>> = {
  version: { Server: { Version: '20.10.24', ApiVersion: '1.41' } },
  info: { LiveRestoreEnabled: false, DockerRootDir: '/var/lib/docker', Driver: 'overlay2', Warnings: null },
  ps: { ID: id, Names: 'esr', Image: 'esr:1' },
  inspect: inspected,
  events: { Type: 'container', Action: 'die', Actor: { ID: id, Attributes: { name: 'esr' } }, timeNano: 1.7e18 },
};

interface Case {
  readonly word: string;
  readonly text: string;
  readonly truncated: boolean;
}

/** A machine whose Docker client prints what the case says; the argv that it was given are kept. */
function machine(changed: Case | null, given: string[][] = []): HostReader {
  const run: HostReader['run'] = ({ reads }) => {
    given.push([...reads]);
    const word = reads.find((one) => one in prints) ?? '';
    const now = changed?.word === word ? changed : null;
    const stdout = reads.includes('logs')
      ? '2026-03-22T06:25:00.1Z up\u001b[2J\n9999-99-99T99:99:99.9Z no time\n'
      : `${now?.text ?? JSON.stringify(prints[word] ?? null)}\n`;
    return Promise.resolve({ exitCode: 0, stdout, stderr: '', truncated: now?.truncated ?? false });
  };
  return { name: 'local', run } as unknown as HostReader;
}

const settings = {
  client: 'docker',
  endpoint: null,
  answerMs: 1_000,
  restart: ['true'],
  restartLimitMs: 1_000,
} as unknown as Parameters<typeof createDockerReader>[1];
const place = { host: 'local', endpoint: null };

const readings = {
  daemon: (host) => createDockerReader(place, settings, host).daemon(),
  containers: (host) => createDockerReader(place, settings, host).containers(),
  container: (host) => createDockerReader(place, settings, host).container('esr'),
  inspections: (host) => createDockerReader(place, settings, host).inspections(),
  logs: (host) => createDockerReader(place, settings, host).logs('esr', { lines: 10 }),
  events: (host) => createDockerReader(place, settings, host).events(Date.now() - 1_000),
  component: (host) =>
    createComponentLooker({
      docker: () => createDockerReader(place, settings, host),
      hostOf: () => host,
      health: () => Promise.resolve({ is: 'unknown', evidence: '' }),
      timeoutMs: 1_000,
    }).look({
      name: 'esr',
      host: null,
      control: { kind: 'container', container: 'esr', docker: null },
      health: null,
      log: { started: ['up'], failed: ['failed'] },
    } as unknown as Parameters<ReturnType<typeof createComponentLooker>['look']>[0]),
} satisfies Record<string, (host: HostReader) => Promise<unknown>>;
const names = Object.keys(readings) as (keyof typeof readings)[];
const read = (name: keyof typeof readings, host: HostReader): Promise<unknown> => readings[name](host);

test('what a Docker client prints is read, or refused when it is changed anywhere or cut off', async () => {
  for (const name of names) expect(await readOrRefused(() => read(name, machine(null))), name).toHaveProperty('value');
  const changed = fc
    .constantFrom(...Object.keys(prints))
    .chain((word) => fc.record({ word: fc.constant(word), text: mutated(prints[word]), truncated: fc.boolean() }));
  await eachCase(fc.sample(fc.tuple(changed, fc.constantFrom(...names)), cases(250)), async ([by, name]) => {
    const ended = await readOrRefused(() => read(name, machine(by)));
    if (by.truncated && by.word === 'inspect' && name === 'containers') expect(ended).toBeInstanceOf(Fault);
  });
});

test('no id or name that an engine gives is ever an option of its client', async () => {
  const given: string[][] = [];
  const ids = ['--help', '-H=tcp://192.0.2.1', '--format=x', '$(id)', 'a b', '\u001b[2J'];
  for (const hostile of ids)
    await readOrRefused(() =>
      createDockerReader(
        place,
        settings,
        machine(
          { word: 'ps', text: JSON.stringify({ ID: hostile, Names: hostile, Image: hostile }), truncated: false },
          given,
        ),
      ).containers(),
    );
  const asked = given.filter((argv) => argv.some((word) => ids.includes(word)));
  expect(asked).toHaveLength(ids.length);
  for (const argv of asked) expect(argv.indexOf('--')).toBeLessThan(argv.findIndex((word) => ids.includes(word)));
  for (const hostile of ids)
    for (const ask of [
      () => createDockerReader(place, settings, machine(null)).container(hostile),
      () => createDockerReader(place, settings, machine(null)).logs(hostile, { lines: 1 }),
    ])
      expect(await readOrRefused<unknown>(ask)).toMatchObject({
        problems: [{ code: 'docker.bad-name', exit: 'usage' }],
      });
});

test('the state of CDC’s container and unit is unknown, never running or stopped, where the answer is not whole', () => {
  const whole = { Status: 'exited', Running: false, Pid: 0, ExitCode: 0 };
  for (const text of fc.sample(mutated(whole), cases(60))) {
    const result = { exitCode: 0, stdout: text, stderr: '', truncated: false };
    const { is, evidence } = containerState('maxwell', result);
    if (!text.includes('"Status":"exited"')) expect(is, text).not.toBe('running');
    expect(evidence.join('').length).toBeLessThan(100_000);
    expect(unitState('maxwell.service', result).is).toBe('unknown');
  }
});

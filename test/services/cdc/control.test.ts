import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CdcControlSettings, CdcSettings } from '../../../src/core/cdc-config.ts';
import type { CdcReader, CdcWriter } from '../../../src/core/cdc-ports.ts';
import { Fault } from '../../../src/core/fault.ts';
import type { Argv } from '../../../src/core/host-machine.ts';
import { createCdcReader } from '../../../src/services/cdc/reader.ts';
import { createCdcWriter } from '../../../src/services/cdc/writer.ts';
import type { RunArgv } from '../../../src/services/host/run-argv.ts';
import { runLocally } from '../../../src/services/host/run-locally.ts';
import { runOverSsh } from '../../../src/services/host/run-over-ssh.ts';
import { createHostReader } from '../../../src/services/host/reader.ts';
import { createHostWriter } from '../../../src/services/host/writer.ts';
import { describeWithSshd } from '../../support/sshd.ts';
import { makeDoubles, runningContainer, unit, type Doubles } from './doubles.ts';

let folder: string;
let doubles: Doubles;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esr-cdc-'));
  doubles = await makeDoubles(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const settings = (control: CdcControlSettings): CdcSettings => ({
  clientId: 'maxwell',
  schemaDatabase: 'maxwell',
  exchange: { name: 'tis', type: 'topic', durable: true },
  config: { kind: 'properties', file: '/nowhere', host: null },
  control,
});
/** CDC on a machine on which the doubles come first on the search path. */
const cdc = (control: CdcControlSettings, run: RunArgv): CdcReader & CdcWriter => {
  const path = `PATH=${doubles.bin}:${process.env['PATH'] ?? ''}`;
  const withDoubles: RunArgv = (argv, options) => run(['env', path, ...argv], options);
  const named =
    <T>(make: (name: string, run: RunArgv) => T) =>
    (name: string | null): T => {
      expect(name).toBe('db-1');
      return make(name ?? '', withDoubles);
    };
  return {
    ...createCdcReader(settings(control), named(createHostReader)),
    ...createCdcWriter(settings(control), named(createHostWriter)),
  };
};
const faultOf = async (work: Promise<unknown>): Promise<Fault['problems'][0]> => {
  const error = await work.then(
    (value) => expect.fail(`no Fault but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Fault);
  return (error as Fault).problems[0];
};
const container = { container: 'maxwell', host: 'db-1', endpoint: null };
const systemd = { systemd: 'cdc.service', host: 'db-1' };

const behaviour = (run: () => RunArgv): void => {
  it('stops and starts a container (docker is a double)', async () => {
    const maxwell = cdc(container, run());
    await doubles.set('docker', runningContainer());
    expect(await maxwell.status()).toEqual({
      is: 'running',
      evidence: ['container maxwell: running, Pid 4711, StartedAt 2021-03-22T06:00:00Z'],
    });
    await maxwell.stop();
    const stopped = await maxwell.status();
    expect(stopped.is).toBe('stopped');
    expect(stopped.evidence.join()).toContain('ExitCode 143');
    await maxwell.start();
    expect((await maxwell.status()).is).toBe('running');
    expect(await maxwell.logs(3)).toEqual(['second', 'third', 'fourth']);
    const calls = (await readFile(doubles.calls, 'utf8')).trim().split('\n\n');
    expect(calls.map((call) => call.replaceAll('\n', ' '))).toEqual([
      'inspect --type container --format {{json .State}} maxwell',
      'stop --time 60 maxwell',
      'inspect --type container --format {{json .State}} maxwell',
      'start maxwell',
      'inspect --type container --format {{json .State}} maxwell',
      'logs --timestamps --tail 3 maxwell',
    ]);
  });

  it('stops and starts a unit (systemctl is a double)', async () => {
    const maxwell = cdc(systemd, run());
    await doubles.set('systemctl', unit('active', 'running', 4242));
    expect(await maxwell.status()).toEqual({
      is: 'running',
      evidence: [
        'unit cdc.service: LoadState loaded, ActiveState active, SubState running, MainPID 4242, Result success',
      ],
    });
    await maxwell.stop();
    expect((await maxwell.status()).is).toBe('stopped');
    await maxwell.start();
    expect((await maxwell.status()).is).toBe('running');
    expect(await maxwell.logs(2)).toEqual(['two', 'three']);
    expect(await maxwell.logs(0)).toEqual([]);
  });

  it('stops and starts a real process by configured commands', async () => {
    const pidFile = join(folder, 'it is "the" pid $(file)');
    const log = join(folder, 'log');
    await writeFile(log, 'old\nMaxwell v1 is booting\n');
    const program = join(folder, 'control.sh');
    await writeFile(
      program,
      `#!/bin/sh
pid=$(cat "$2" 2>/dev/null)
case "$1" in
  start) sleep 600 </dev/null >/dev/null 2>&1 & echo $! > "$2";;
  stop) kill "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done;;
  status) kill -0 "$pid" 2>/dev/null || exit 3; echo "runs as $pid";;
esac
`,
      { mode: 0o755 },
    );
    const own = (...command: Argv): { command: Argv; host: string } => ({ command, host: 'db-1' });
    const maxwell = cdc(
      {
        start: own(program, 'start', pidFile),
        stop: own(program, 'stop', pidFile),
        status: own(program, 'status', pidFile),
        logs: own('tail', log, '-n'),
      },
      run(),
    );
    expect((await maxwell.status()).is).toBe('stopped');
    await maxwell.start();
    try {
      const running = await maxwell.status();
      expect(running.is).toBe('running');
      expect(running.evidence.join()).toContain(`runs as ${(await readFile(pidFile, 'utf8')).trim()}`);
      expect(await maxwell.logs(1)).toEqual(['Maxwell v1 is booting']);
    } finally {
      await maxwell.stop();
    }
    expect((await maxwell.status()).is).toBe('stopped');
  });
};

describe('CDC on this machine', () => {
  behaviour(() => runLocally());

  it.each([
    ['restarting', { Status: 'restarting', Running: true, Restarting: true }, 'unknown'],
    ['paused', { Status: 'paused', Running: true, Paused: true }, 'unknown'],
    ['removing', { Status: 'removing', Running: false, Pid: 0 }, 'unknown'],
    ['dead', { Status: 'dead', Running: false, Dead: true, Pid: 0 }, 'unknown'],
    ['exited with a process left', { Status: 'exited', Running: false, Pid: 4711 }, 'unknown'],
    ['exited', { Status: 'exited', Running: false, Pid: 0 }, 'stopped'],
    ['created', { Status: 'created', Running: false, Pid: 0 }, 'stopped'],
  ] as const)('takes a container that is %s for what it is', async (_name, state, is) => {
    await doubles.set('docker', runningContainer(state));
    expect((await cdc(container, runLocally()).status()).is).toBe(is);
  });

  it.each([
    ['between two starts', unit('activating', 'auto-restart', 0), 'unknown'],
    ['on its way down', unit('deactivating', 'stop-sigterm', 42), 'unknown'],
    ['failed with a process left', unit('failed', 'failed', 42), 'unknown'],
    ['active without a process', unit('active', 'exited', 0), 'unknown'],
    ['failed', unit('failed', 'failed', 0), 'stopped'],
  ] as const)('takes a unit that is %s for what it is', async (_name, state, is) => {
    await doubles.set('systemctl', state);
    expect((await cdc(systemd, runLocally()).status()).is).toBe(is);
  });

  it('does not take a wrong name, or nonsense, for a process that has stopped', async () => {
    const absent = await cdc({ container: 'maxwel', host: 'db-1', endpoint: null }, runLocally()).status();
    expect(absent).toEqual({
      is: 'unknown',
      evidence: ['docker inspect maxwel: Error: No such container: maxwel (exit code 1)'],
    });
    expect((await cdc({ systemd: 'cdx.service', host: 'db-1' }, runLocally()).status()).is).toBe('unknown');
    await doubles.set('docker', 'not JSON');
    expect((await cdc(container, runLocally()).status()).is).toBe('unknown');
  });

  it('says that a command said no, and that it may have worked all the same', async () => {
    const fault = await faultOf(cdc({ systemd: 'cdx.service', host: 'db-1' }, runLocally()).stop());
    expect(fault).toMatchObject({ code: 'cdc.control-failed', exit: 'unknown', details: { sent: true, exitCode: 5 } });
    expect(fault.message).toContain('Unit cdx.service not loaded.');
    const logs = await faultOf(cdc({ container: 'maxwel', host: 'db-1', endpoint: null }, runLocally()).logs(5));
    expect(logs).toMatchObject({ code: 'cdc.control-failed', exit: 'failed', details: { sent: false } });
  });

  it.each([
    { container: '--all', host: 'db-1', endpoint: null },
    { container: 'a b', host: 'db-1', endpoint: null },
    { systemd: '-x', host: 'db-1' },
    { systemd: '', host: 'db-1' },
  ])('refuses the name in %j', async (control) => {
    expect(await faultOf(cdc(control, runLocally()).status())).toMatchObject({ code: 'cdc.control-name' });
  });
});

describeWithSshd('CDC on another machine', (sshd) => {
  behaviour(() => runOverSsh('db-1', sshd().settings));
});

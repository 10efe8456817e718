import type { CdcProcess } from '../../core/cdc-ports.ts';
import type { CommandResult } from '../../core/host-machine.ts';
import { endOf } from '../../core/shortened.ts';

/** State of a container, from `docker inspect` of its state as JSON. */
export function containerState(name: string, { exitCode, stdout, stderr }: CommandResult): CdcProcess {
  if (exitCode !== 0) return unknown(`docker inspect ${name}: ${lastLine(stderr)} (exit code ${exitCode})`);
  const state = objectOf(stdout);
  const status = state?.['Status'];
  if (state === null || typeof status !== 'string') return unknown(`docker inspect ${name}: no state in its answer`);
  const part = (key: string): string => {
    const value = state[key];
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? `${key} ${value}`
      : '';
  };
  const keys = status === 'running' ? ['Pid', 'StartedAt'] : ['ExitCode', 'OOMKilled', 'FinishedAt'];
  const evidence = [`container ${name}: ${[status, ...keys.map(part)].filter((text) => text !== '').join(', ')}`];
  if (status === 'running' && state['Running'] === true && state['Restarting'] !== true)
    return { is: 'running', evidence };
  const ended = (status === 'exited' || status === 'created') && state['Running'] === false && state['Pid'] === 0;
  return { is: ended ? 'stopped' : 'unknown', evidence };
}

/** State of a unit, from `systemctl show`. One that systemd does not know is unknown, not stopped. */
export function unitState(unit: string, { exitCode, stdout, stderr }: CommandResult): CdcProcess {
  if (exitCode !== 0) return unknown(`systemctl show ${unit}: ${lastLine(stderr)} (exit code ${exitCode})`);
  const entries = stdout.split('\n').map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
  const of = new Map(entries);
  const shown = ['LoadState', 'ActiveState', 'SubState', 'MainPID', 'Result'].map(
    (key) => `${key} ${of.get(key) ?? '?'}`,
  );
  const evidence = [`unit ${unit}: ${shown.join(', ')}`];
  if (of.get('LoadState') !== 'loaded') return { is: 'unknown', evidence };
  const active = of.get('ActiveState');
  if (active === 'active' && of.get('MainPID') !== '0') return { is: 'running', evidence };
  const ended = (active === 'inactive' || active === 'failed') && of.get('MainPID') === '0';
  return { is: ended ? 'stopped' : 'unknown', evidence };
}

/** State by the exit code of a configured command: 0 it runs, 3 it does not, as init scripts answer. */
export function commandState(program: string, { exitCode, stdout, stderr }: CommandResult): CdcProcess {
  const said = lastLine(`${stderr}\n${stdout}`);
  const evidence = [`${program}: exit code ${exitCode}${said === '' ? '' : `, ${said}`}`];
  return { is: exitCode === 0 ? 'running' : exitCode === 3 ? 'stopped' : 'unknown', evidence };
}

function unknown(evidence: string): CdcProcess {
  return { is: 'unknown', evidence: [evidence] };
}

function lastLine(text: string): string {
  return endOf(text.trim().split('\n').at(-1) ?? '', 300);
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

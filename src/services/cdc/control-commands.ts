import type { CdcControlSettings, HostCommand } from '../../core/cdc-config.ts';
import { Fault } from '../../core/fault.ts';
import { lastWords } from '../../core/shortened.ts';

/** Seconds that a container gets to end by itself: Maxwell forces its own end after 10. */
export const stopGraceSeconds = 60;

/** Milliseconds after which a stop or a start is given up: a systemd unit may take 90 s by default. */
export const controlTimeoutMs = 150_000;

/** What is done to, or asked of, CDC's process. */
export type ControlVerb = 'start' | 'stop' | 'status' | 'logs';

/** Which of the three ways a process is controlled. */
export function controlKind(control: CdcControlSettings): 'container' | 'systemd' | 'commands' {
  if ('container' in control) return 'container';
  return 'systemd' in control ? 'systemd' : 'commands';
}

/** The command for one verb. A Fault `cdc.control-name` for a name that could be taken for an option. */
export function controlCommand(control: CdcControlSettings, verb: ControlVerb, lines = 0): HostCommand {
  if ('container' in control) {
    const name = checked(control.container, /^[A-Za-z0-9][A-Za-z0-9_.-]*$/);
    const argv = {
      start: ['start', name],
      stop: ['stop', '--time', String(stopGraceSeconds), name],
      status: ['inspect', '--type', 'container', '--format', '{{json .State}}', name],
      logs: ['logs', '--timestamps', '--tail', String(lines), name],
    }[verb];
    const engine = control.endpoint === null ? [] : ['--host', control.endpoint];
    return { command: ['docker', ...engine, ...argv], host: control.host };
  }
  if ('systemd' in control) {
    const unit = checked(control.systemd, /^[A-Za-z0-9][A-Za-z0-9:_.@\\-]*$/);
    const show = 'LoadState,ActiveState,SubState,MainPID,Result,ExecMainStartTimestamp';
    const argv = {
      start: ['systemctl', 'start', '--', unit],
      stop: ['systemctl', 'stop', '--', unit],
      status: ['systemctl', 'show', `--property=${show}`, '--', unit],
      logs: ['journalctl', `--unit=${unit}`, `--lines=${lines}`, '--no-pager', '--output=cat'],
    }[verb];
    const [program = '', ...rest] = argv;
    return { command: [program, ...rest], host: control.host };
  }
  const own = control[verb];
  return verb === 'logs' ? { command: [...own.command, String(lines)], host: own.host } : own;
}

function checked(name: string, pattern: RegExp): string {
  if (pattern.test(name)) return name;
  throw new Fault({
    code: 'cdc.control-name',
    message: `${JSON.stringify(name)} can't be the name of a container or a unit.`,
    next: ['correct cdc.control in the configuration'],
    details: { sent: false },
    exit: 'usage',
  });
}

/** The Fault for a control command that ended with an error. */
export function controlFailed(
  verb: ControlVerb,
  host: string,
  { command }: HostCommand,
  result: { readonly exitCode: number; readonly stdout: string; readonly stderr: string },
): Fault {
  const said = lastWords(result);
  const changes = verb === 'start' || verb === 'stop';
  return new Fault({
    code: 'cdc.control-failed',
    message: `On ${host}: the command for CDC's ${verb} (${command[0]}) ended with exit code ${result.exitCode}${said === '' ? '' : `: ${said}`}.`,
    where: host,
    next: ['esr-ops config check'],
    details: { sent: changes, exitCode: result.exitCode },
    exit: changes ? 'unknown' : 'failed',
  });
}

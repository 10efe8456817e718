import type { SshSettings } from '../../core/host-machine.ts';
import { Fault } from '../../core/fault.ts';

/**
 * Configuration file for the ssh client: the whole of it, so that nothing in the user's own files can loosen it, and a
 * file rather than options, because only that reaches the client that goes through the jump host too.
 *
 * @throws Fault `host.ssh-settings` for a name or path that the client could take for something else
 */
export function sshConfigText(settings: SshSettings): string {
  const lines = [
    'Host *',
    'BatchMode yes',
    'StrictHostKeyChecking yes',
    `UserKnownHostsFile ${quoted('knownHosts', settings.knownHosts)}`,
    'GlobalKnownHostsFile /dev/null',
    'KnownHostsCommand none',
    'VerifyHostKeyDNS no',
    'UpdateHostKeys no',
    'CheckHostIP no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'ForwardAgent no',
    'ForwardX11 no',
    'ClearAllForwardings yes',
    'PermitLocalCommand no',
    'RequestTTY no',
    'EscapeChar none',
    'ConnectionAttempts 1',
    `ConnectTimeout ${Math.max(1, Math.ceil(settings.connectTimeoutMs / 1000))}`,
    `ServerAliveInterval ${Math.max(1, Math.ceil(settings.aliveSeconds))}`,
    'ServerAliveCountMax 3',
    'LogLevel INFO',
  ];
  if (settings.identityFile !== null) {
    lines.push(`IdentityFile ${quoted('identityFile', settings.identityFile)}`, 'IdentitiesOnly yes');
  }
  if (settings.shareIn !== null) {
    lines.push(`ControlPath ${quoted('shareIn', `${settings.shareIn}/`).slice(0, -1)}%C"`);
    lines.push('ControlMaster auto', 'ControlPersist 60');
  }
  return `${lines.join('\n')}\n`;
}

/** Arguments of the client up to the remote command, which comes as the one last argument. */
export function sshArguments(settings: SshSettings, config: string, log: string): readonly string[] {
  const { host, user, jump, port } = settings;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.:%-]*$/.test(host)) throw unfit('host', host);
  if (user !== null && !/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(user)) throw unfit('user', user);
  if (jump !== null && !/^([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9_[][A-Za-z0-9_.:\]-]*$/.test(jump))
    throw unfit('jump', jump);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw unfit('port', String(port));
  return [
    '-F',
    config,
    '-E',
    log,
    '-T',
    '-p',
    String(port),
    ...(user === null ? [] : ['-l', user]),
    ...(jump === null ? [] : ['-J', jump]),
    '--',
    host,
  ];
}

/** Percent signs and `${` have a meaning of their own inside the client's paths; a double quote can't be in one. */
function quoted(setting: string, path: string): string {
  if (!path.startsWith('/') || /["\0-\x1f\x7f]|\$\{/.test(path)) throw unfit(setting, path);
  return `"${path.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`;
}

function unfit(setting: string, value: string): Fault {
  return new Fault({
    code: 'host.ssh-settings',
    message: `The ${setting} ${JSON.stringify(value)} of a host can't be given to ssh: names take letters, digits, dots and dashes; files are absolute paths without quotes and control characters.`,
    details: { sent: false },
    exit: 'usage',
  });
}

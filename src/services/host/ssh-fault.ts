import type { SshSettings } from '../../core/host-machine.ts';
import { Fault } from '../../core/fault.ts';
import { endOf } from '../../core/shortened.ts';

/**
 * Why the client did not get as far as a ready shell, from its own log. Nothing was run on the far side in any of
 * these cases: the command waits there for a word that was never sent.
 */
export function sshFault(name: string, settings: SshSettings, exitCode: number, log: string, said: string): Fault {
  const where = `${settings.host}:${settings.port}`;
  const evidence = endOf(
    [log, said]
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .join('\n'),
    2000,
  );
  const fault = (code: string, message: string, ...next: readonly string[]): Fault =>
    new Fault({
      code,
      message: `${name} (${where}): ${message} Nothing was run there.`,
      where,
      next,
      details: { sent: false, evidence },
      exit: 'unreachable',
    });
  // The client that goes through the jump host writes to standard error, not into the log.
  const all = `${log}\n${said}`;
  const scan = `ssh-keyscan -p ${settings.port} ${settings.host}`;
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed|REVOKED HOST KEY/i.test(all)) {
    return fault(
      'host.key-changed',
      `its host key is not the one in ${settings.knownHosts}. It was set up anew, or this is another machine.`,
      'ask who runs the machine for its new key fingerprint before anything else',
      `${scan} | ssh-keygen -lf - and compare; then replace its line in ${settings.knownHosts}`,
    );
  }
  if (/host key is known for|Host key verification failed/i.test(all)) {
    return fault(
      'host.key-unknown',
      `its host key is not in ${settings.knownHosts}, and esr-ops never accepts one by itself.`,
      `${scan} | ssh-keygen -lf - and compare with the fingerprint from who runs the machine`,
      `then add the line that ${scan} prints to ${settings.knownHosts}`,
    );
  }
  if (/Permission denied|Too many authentication failures/i.test(all)) {
    return fault(
      'host.unauthorised',
      'it refused every key that was offered.',
      settings.identityFile === null
        ? 'ssh-add -l must list a key that the machine accepts, or set identityFile'
        : `the public part of ${settings.identityFile} must be in authorized_keys of ${settings.user ?? 'the user'} there`,
    );
  }
  const line = log.trim().split('\n').at(-1) ?? '';
  if (line === '' && exitCode !== 255) {
    return fault(
      'host.no-shell',
      'the connection stood, but no POSIX shell answered.',
      'the account must have sh, bash or another POSIX shell as its login shell, without a forced command',
    );
  }
  return fault(
    'host.unreachable',
    line === '' ? 'the connection broke before the far side was ready.' : `${line.trim()}.`,
    `ssh -p ${settings.port} ${settings.user === null ? '' : `${settings.user}@`}${settings.host} true`,
  );
}

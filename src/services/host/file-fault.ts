import { Fault } from '../../core/fault.ts';
import type { RawResult } from './run-argv.ts';
import { scriptCodes } from './file-scripts.ts';

type ScriptCode = keyof typeof scriptCodes;

const meanings: Readonly<Record<Exclude<ScriptCode, 'already'>, readonly [code: string, what: string]>> = {
  absent: ['host.file-absent', 'there is no such file'],
  notAFile: ['host.not-a-file', 'it is not an ordinary file'],
  refused: ['host.file-refused', 'it could not be read'],
  changed: ['host.file-changed', 'it has been changed since it was read'],
  noTemporary: ['host.file-refused', 'no new file can be made in its folder'],
  notWritten: ['host.file-refused', 'the new content could not be written beside it'],
  incomplete: ['host.file-refused', 'the new content did not arrive whole'],
  owner: ['host.file-refused', 'its owner, group and mode could not be given to the new content'],
  backup: ['host.file-refused', 'its backup could not be made'],
  notReplaced: ['host.file-refused', 'the new content could not be put in its place'],
};

/**
 * The Fault for a file script that ended otherwise than hoped. All of these leave the file as it was; an exit code that
 * the script does not use leaves that open when it could change something.
 */
export function fileFault(host: string, path: string, result: RawResult, mayChange: boolean): Fault {
  const name = (Object.keys(scriptCodes) as ScriptCode[]).find((key) => scriptCodes[key] === result.exitCode);
  const reason = Buffer.from(result.stderr).toString('utf8').trim().split('\n').slice(-2).join('; ').slice(-500);
  const where = `${host}:${path}`;
  if (name === undefined || name === 'already') {
    return new Fault({
      code: 'host.file-unknown',
      message: `${where}: the work on it ended with exit code ${result.exitCode}${reason === '' ? '' : ` (${reason})`}.`,
      where,
      next: [`look at ${path} on ${host}; a backup would be beside it`],
      details: { sent: mayChange, exitCode: result.exitCode },
      exit: mayChange ? 'unknown' : 'failed',
    });
  }
  const [code, what] = meanings[name];
  return new Fault({
    code,
    message: `${where}: ${what}${reason === '' ? '' : ` (${reason})`}.${mayChange ? ' The file is as it was.' : ''}`,
    where,
    next: [nextFor(name, path, host)],
    details: { sent: false },
    exit: name === 'changed' ? 'stale' : 'failed',
  });
}

function nextFor(name: Exclude<ScriptCode, 'already'>, path: string, host: string): string {
  if (name === 'changed') return 'plan again: the edit must be made from what is there now';
  if (name === 'absent' || name === 'notAFile')
    return `correct the path in the configuration, or ls -l ${path} on ${host}`;
  return `ls -ld the file and its folder, and df, on ${host}; the account needs to write in the folder`;
}

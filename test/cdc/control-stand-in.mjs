/**
 * How the configuration of a test controls a stand-in of its own: `control-stand-in.mjs FOLDER VERB`. The folder
 * holds `start.json` (the argv), the properties, and what is written here: `pid` and `log`.
 */
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder = '', verb = ''] = process.argv.slice(2);
const at = (name) => join(folder, name);

function runningPid() {
  if (!existsSync(at('pid'))) return null;
  const pid = Number(readFileSync(at('pid'), 'utf8'));
  try {
    // A number that was given to another process meanwhile is not this one.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('maxwell-stand-in') ? pid : null;
  } catch {
    return null;
  }
}

const pid = runningPid();
if (verb === 'start' && pid === null) {
  const [file, ...args] = JSON.parse(readFileSync(at('start.json'), 'utf8'));
  writeFileSync(at('stdin'), `${JSON.stringify({ properties: at('config.properties') })}\n`);
  const log = openSync(at('log'), 'a', 0o600);
  const child = spawn(file, args, { detached: true, stdio: [openSync(at('stdin'), 'r'), log, log] });
  writeFileSync(at('pid'), String(child.pid));
  child.unref();
}
if (verb === 'stop' && pid !== null) {
  process.kill(pid, 'SIGTERM');
  while (runningPid() !== null) await sleep(50);
}
if (verb === 'logs') process.stdout.write(existsSync(at('log')) ? readFileSync(at('log'), 'utf8') : '');
if (verb === 'status') {
  process.stdout.write(pid === null ? 'the stand-in is stopped\n' : `the stand-in runs (pid ${pid})\n`);
  process.exitCode = pid === null ? 3 : 0;
}

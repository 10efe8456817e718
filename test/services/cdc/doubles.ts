import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folder of programs that stand in for docker, systemctl and journalctl: doubles, with the answers of the real ones. */
export interface Doubles {
  readonly bin: string;
  /** Sets what the double docker or systemctl has as state: the text of the answer's variable part. */
  set(name: 'docker' | 'systemctl', state: string): Promise<void>;
  /** File in which each call is written down, one word a line, calls apart by an empty line. */
  readonly calls: string;
}

/** As docker 20.10 answers: state as JSON on one line, logs on two outputs with times, errors with exit code 1. */
const docker = (folder: string): string => `#!/bin/sh
# A double of docker for tests: no engine is behind it.
for word in "$@"; do printf '%s\\n' "$word"; done >> '${folder}/calls'; echo >> '${folder}/calls'
for last in "$@"; do :; done
if [ "$last" != maxwell ]; then echo "Error: No such container: $last" >&2; exit 1; fi
case "$1" in
  inspect) cat '${folder}/docker';;
  logs)
    echo '2021-03-22T06:25:01.500000000Z second'
    echo '2021-03-22T06:25:01.100000000Z first' >&2
    echo '2021-03-22T06:25:02.000000001Z fourth' >&2
    echo '2021-03-22T06:25:02Z third';;
  stop) echo '{"Status":"exited","Running":false,"Paused":false,"Restarting":false,"OOMKilled":false,"Dead":false,"Pid":0,"ExitCode":143,"Error":"","StartedAt":"2021-03-22T06:00:00Z","FinishedAt":"2021-03-22T06:30:00Z"}' > '${folder}/docker'; echo "$last";;
  start) echo '${runningContainer()}' > '${folder}/docker'; echo "$last";;
  *) echo "docker: '$1' is not a docker command." >&2; exit 1;;
esac
`;

/** As systemd 252 answers: properties one a line, exit code 0 for units that it does not know too. */
const systemctl = (folder: string): string => `#!/bin/sh
# A double of systemctl for tests: no systemd is behind it.
for word in "$@"; do printf '%s\\n' "$word"; done >> '${folder}/calls'; echo >> '${folder}/calls'
for last in "$@"; do :; done
case "$1" in
  show)
    if [ "$last" = cdc.service ]; then cat '${folder}/systemctl'
    else printf 'Result=success\\nExecMainStartTimestamp=\\nMainPID=0\\nLoadState=not-found\\nActiveState=inactive\\nSubState=dead\\n'; fi;;
  stop) [ "$last" = cdc.service ] || { echo "Failed to stop $last: Unit $last not loaded." >&2; exit 5; }
    printf '%s\\n' '${unit('inactive', 'dead', 0).replaceAll('\n', "' '")}' > '${folder}/systemctl';;
  start) printf '%s\\n' '${unit('active', 'running', 4242).replaceAll('\n', "' '")}' > '${folder}/systemctl';;
esac
`;

const journalctl = `#!/bin/sh
# A double of journalctl for tests.
printf 'one\\ntwo\\nthree\\n'
`;

/** `docker inspect`'s state of a container that runs. */
export function runningContainer(changes: Readonly<Record<string, string | boolean | number>> = {}): string {
  return JSON.stringify({
    Status: 'running',
    Running: true,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: 4711,
    ExitCode: 0,
    Error: '',
    StartedAt: '2021-03-22T06:00:00Z',
    FinishedAt: '0001-01-01T00:00:00Z',
    ...changes,
  });
}

/** `systemctl show`'s answer for a loaded unit. */
export function unit(active: string, sub: string, pid: number): string {
  return `Result=success\nExecMainStartTimestamp=\nMainPID=${pid}\nLoadState=loaded\nActiveState=${active}\nSubState=${sub}`;
}

/** Writes the doubles into a new folder `bin` of a folder. */
export async function makeDoubles(folder: string): Promise<Doubles> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const programs = { docker: docker(folder), systemctl: systemctl(folder), journalctl };
  for (const [name, text] of Object.entries(programs)) await writeFile(join(bin, name), text, { mode: 0o755 });
  return {
    bin,
    calls: join(folder, 'calls'),
    set: (name, state) => writeFile(join(folder, name), `${state}\n`),
  };
}

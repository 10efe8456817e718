import type { DiskSpace, ZombieProcess } from '../../core/container.ts';
import type { HostReader } from '../../core/host-machine.ts';

/** Milliseconds for a look at the host itself. */
const lookTimeoutMs = 15_000;

/** One process after another; those that end meanwhile are left out. */
const processesScript = 'cat /proc/[0-9]*/stat 2>/dev/null; exit 0';

/** Processes that have ended and that nobody collects, with who should. */
export async function readZombies(host: HostReader): Promise<readonly ZombieProcess[]> {
  const { stdout } = await host.run({ reads: ['sh', '-c', processesScript] }, { timeoutMs: lookTimeoutMs });
  return zombiesIn(stdout);
}

/** The same from the content of `/proc/<pid>/stat`; a program's name may hold spaces, brackets and line ends. */
export function zombiesIn(stats: string): readonly ZombieProcess[] {
  const all = [...stats.matchAll(/^(\d+) \(([\s\S]{0,64}?)\) ([A-Za-z]) (\d+) (?=-?\d+ -?\d+ )/gm)].map(
    ([, pid = '', program = '', state = '', parent = '']) => ({
      pid: Number(pid),
      program,
      state,
      parent: Number(parent),
    }),
  );
  const names = new Map(all.map(({ pid, program }) => [pid, program]));
  return all
    .filter(({ state }) => state === 'Z')
    .map(({ pid, program, parent }) => ({
      pid,
      program,
      parent: { pid: parent, program: names.get(parent) ?? '' },
    }));
}

/** Room of the file system that holds a folder; null when the host has no such folder. */
export async function readDisk(host: HostReader, path: string): Promise<DiskSpace | null> {
  // Block size, blocks, blocks for ordinary users, inodes, free inodes.
  const { exitCode, stdout } = await host.run(
    { reads: ['stat', '--file-system', '--format', '%S %b %a %c %d', '--', path] },
    { timeoutMs: lookTimeoutMs },
  );
  if (exitCode !== 0) return null;
  const [size = 0, blocks = 0, free = 0, inodes = 0, freeInodes = 0] = stdout.trim().split(' ').map(Number);
  return {
    path,
    bytes: { free: free * size, total: blocks * size },
    inodes: inodes === 0 ? null : { free: freeInodes, total: inodes },
  };
}

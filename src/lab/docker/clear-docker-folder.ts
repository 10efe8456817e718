import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { until } from '../until.ts';

/** Name of the cgroup that holds the containers of a lab's engine. */
export function cgroupOf(labId: string): string {
  return `/esr-lab-${labId}`;
}

/** Folder of the Docker engine in a lab's private folder. */
export const dockerFolder = 'd';

/** {@link clearDockerFolder} for a lab, if it has an engine. */
export async function clearLabDocker(privateFolder: string, labId: string): Promise<void> {
  const dir = join(privateFolder, dockerFolder);
  if (existsSync(dir)) await clearDockerFolder(dir, cgroupOf(labId));
}

/**
 * Takes away what a private Docker engine may leave behind outside of its files, however it ended: the processes of its
 * containers (by their cgroup), its runtime and shims (by its folder in their arguments), its mounts, its cgroup.
 */
export async function clearDockerFolder(dir: string, cgroup: string): Promise<void> {
  await until('the processes of the Docker engine to end', () => killAll(dir, cgroup) === 0, { atMostMs: 20_000 });
  await until('the mounts of the Docker engine to go', () => unmountAll(dir), { atMostMs: 20_000 });
  for (const root of await hierarchies()) await removeGroups(join(root, cgroup));
}

/** Ends the runtime of a daemon that is gone; the shims of its containers, and these, are left alone. */
export async function endRuntime(dir: string): Promise<void> {
  await until(
    'the runtime of the Docker engine to end',
    () => killEach((pid) => /\/containerd$/.test(readlinkSync(`/proc/${pid}/exe`)) && mentions(pid, dir)) === 0,
    { atMostMs: 20_000 },
  );
}

function killAll(dir: string, cgroup: string): number {
  return killEach((pid) => isOf(pid, dir, cgroup));
}

/** Kills the processes that are meant; how many there were. */
function killEach(meant: (pid: string) => boolean): number {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return meant(name);
      } catch {
        // It ended by itself in between; one that only waits to be collected has no program any more.
        return false;
      }
    });
  for (const pid of found) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself in between.
    }
  }
  return found.length;
}

function isOf(pid: string, dir: string, cgroup: string): boolean {
  const program = readlinkSync(`/proc/${pid}/exe`);
  if (readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`:${cgroup}/`)) return true;
  return /\/(dockerd|containerd[^/]*|runc)$/.test(program) && mentions(pid, dir);
}

function mentions(pid: string, dir: string): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${dir}/`);
}

async function unmountAll(dir: string): Promise<boolean> {
  const points = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '))
    .filter((point) => point.startsWith(`${dir}/`))
    .reverse();
  for (const point of points) await execa('umount', ['--lazy', '--', point], { reject: false });
  return points.length === 0;
}

async function hierarchies(): Promise<readonly string[]> {
  const names = await readdir('/sys/fs/cgroup').catch(() => []);
  return ['/sys/fs/cgroup', ...names.map((name) => join('/sys/fs/cgroup', name))];
}

async function removeGroups(group: string): Promise<void> {
  const children = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const child of children) if (child.isDirectory()) await removeGroups(join(group, child.name));
  await rmdir(group).catch(() => undefined);
}

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished, type TestContext } from 'vitest';

/** What a test mounts: `size=256k`, `ro` and the like. */
type MountOption = string;

/**
 * A file system of its own in memory, gone after the test; at `path`, or where nothing else is. Where mounting is not
 * allowed the test is counted aloud as not run. With `docker` in ESR_OPS_REQUIRE that is a failure: a private engine
 * mounts too, so what can run one can do this.
 */
export async function smallDisk(context: TestContext, option: MountOption, path?: string): Promise<string> {
  const disk = path ?? join(await mkdtemp(join(tmpdir(), 'esr-ops-disk-')), 'disk');
  await mkdir(disk, { mode: 0o700, recursive: true });
  const gone = (): Promise<void> => rm(path === undefined ? dirname(disk) : disk, { recursive: true });
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', `mode=700,${option}`, 'tmpfs', disk], { reject: false });
  if (mounted.failed) {
    await gone();
    const because = `a small disk can't be mounted here: ${mounted.stderr}`;
    if ((process.env['ESR_OPS_REQUIRE'] ?? '').split(',').some((part) => part.trim() === 'docker'))
      throw new Error(because);
    process.stderr.write(`NOT RUN: 1, because ${because}\n`);
    context.skip(because);
  }
  onTestFinished(async () => {
    await execa('umount', [disk]);
    await gone();
  });
  return disk;
}

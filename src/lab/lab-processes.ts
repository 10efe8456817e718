import { readdirSync, readFileSync } from 'node:fs';
import { labMarker } from './owned-process.ts';
import { until } from './until.ts';

/** A process of a lab. */
export interface LabProcess {
  readonly pid: number;
  /** File name of its program, as the kernel has it (15 characters at most). */
  readonly program: string;
}

/**
 * All living processes that carry a lab's marker in their environment, this one left out. Only processes of the same
 * user can be seen; a lab never starts others.
 */
export function processesOfLab(labId: string): readonly LabProcess[] {
  const marker = `\0${labMarker}=${labId}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        if (!`\0${readFileSync(`/proc/${name}/environ`, 'latin1')}\0`.includes(marker)) return [];
        return [{ pid: Number(name), program: readFileSync(`/proc/${name}/comm`, 'utf8').trim() }];
      } catch {
        return [];
      }
    });
}

/** Kills what is left of a lab and waits until none of it lives. Returns how many there were. */
export async function killProcessesOfLab(labId: string): Promise<number> {
  const found = new Set<number>();
  await until(
    'the processes of the lab to end',
    () => {
      const left = processesOfLab(labId);
      for (const { pid } of left) {
        found.add(pid);
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself in between.
        }
      }
      return left.length === 0;
    },
    { atMostMs: 15_000, everyMs: 50 },
  );
  return found.size;
}

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { clearLabDocker } from './docker/clear-docker-folder.ts';
import { labFiles, readDescriptor } from './lab-files.ts';
import { killProcessesOfLab, processesOfLab } from './lab-processes.ts';
import { tellSupervisor } from './supervisor-control.ts';
import { until } from './until.ts';

/** Which lab, and whom to tell. */
export interface LabChoice {
  readonly name: string;
  /** The product's state directory. */
  readonly stateDir: string;
  /** Takes one line of progress. */
  readonly say: (line: string) => void;
}

/**
 * Takes a lab down to the last process and file, whatever state it is in: up, half started, or with a supervisor that
 * was killed. A lab that is not there is no error.
 */
export async function labDown({ name, stateDir, say }: LabChoice): Promise<{ readonly existed: boolean }> {
  const files = labFiles(stateDir, name);
  const descriptor = await readDescriptor(files).catch(() => undefined);
  const existed = existsSync(files.folder);
  if (descriptor !== undefined) {
    const { labId, privateFolder, running } = descriptor;
    if (running !== undefined) {
      const asked = await tellSupervisor(running.control, 'down').then(
        () => true,
        () => false,
      );
      if (asked) {
        await until('the lab to end', () => processesOfLab(labId).length === 0, { atMostMs: 10_000 }).catch(
          () => undefined,
        );
      }
    }
    const killed = await killProcessesOfLab(labId);
    if (killed > 0) say(`${killed} processes of the lab were left and have been killed.`);
    // The path was read from a file: only a folder that is named as labs name theirs is removed.
    if (basename(privateFolder).startsWith('esr-lab-')) {
      await clearLabDocker(privateFolder, labId);
      await rm(privateFolder, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  await rm(files.folder, { recursive: true, force: true, maxRetries: 3 });
  say(existed ? `The lab '${name}' is down; nothing of it is left.` : `There is no lab '${name}'.`);
  return { existed };
}

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/**
 * Names the present boot of this machine (Linux' `random/boot_id`): what was written, even without a sync, is there
 * until the next one. Where it can't be read, a name that no other time has.
 */
export async function machineBoot(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return text.trim() || randomUUID();
}

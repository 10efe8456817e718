import { constants } from 'node:fs';
import { link, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { checkedName, syncFolder } from './folders.ts';
import { readIntact } from './journal-reader.ts';
import { systemErrorText } from './system-error.ts';

/**
 * Makes the intact beginning of a damaged journal the journal, so that the run can be acknowledged and what is
 * known of it stays known; `dir` is the environment's state folder. The damaged one stays beside it, whole, as the file whose path is returned. Without an
 * intact record there is nothing to acknowledge: a Fault `journal.damaged` (exit failed).
 */
export async function setDamageAside(dir: string, run: string): Promise<string> {
  const folder = join(dir, 'runs', checkedName(run));
  const path = join(folder, 'journal.jsonl');
  const { goodBytes } = await readIntact(path);
  if (goodBytes === 0) {
    throw new Fault({
      code: 'journal.damaged',
      message: `The first record of the journal ${path} is damaged already, so not even its target is known.`,
      where: path,
      exit: 'failed',
      next: [`look at every target of this environment, then move ${folder} out of the state folder`],
    });
  }
  const intact = join(folder, 'journal.intact');
  try {
    const from = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const to = await open(
      intact,
      constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      const buffer = Buffer.alloc(64 * 1024);
      for (let at = 0; at < goodBytes;) {
        const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, goodBytes - at), at);
        if (bytesRead === 0) throw new Error('it became shorter meanwhile');
        await to.write(buffer, 0, bytesRead, at);
        at += bytesRead;
      }
      await to.sync();
    } finally {
      await Promise.all([from.close(), to.close()]);
    }
    const aside = await linkedAside(path);
    await rename(intact, path);
    await syncFolder(folder);
    return aside;
  } catch (error) {
    throw new Fault({
      code: 'journal.not-written',
      message: `The damaged journal ${path} could not be set aside: ${systemErrorText(error)}.`,
      where: path,
      exit: 'failed',
    });
  }
}

/** A second name for the damaged file: at no time is there no journal, or none of the damage left to look at. */
async function linkedAside(path: string): Promise<string> {
  const aside = `${path}.damaged-${Date.now()}`;
  await link(path, aside);
  return aside;
}

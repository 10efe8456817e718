import type { DrainManifest } from '../../core/drain.ts';
import { countRecords } from './count-records.ts';
import { readManifest } from './manifest-reader.ts';

/** What verifying a drain gave. */
export interface VerifiedDrain {
  /** With counts of what is really there. */
  readonly manifest: DrainManifest;
  /** Octets of an unfinished end that a crash left; they were never acknowledged and don't count. */
  readonly torn: number;
}

/** Reads every octet of a drain and checks it. Cut, changed, reordered, missing and foreign parts are a Fault `drain.damaged`. */
export async function verifyDrain(dir: string): Promise<VerifiedDrain> {
  const { manifest, tail } = await countRecords(dir, await readManifest(dir), 0);
  return { manifest, torn: tail?.torn ?? 0 };
}

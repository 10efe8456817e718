import { afterAll, beforeAll } from 'vitest';
import { cdcLab, type CdcLab } from './cdc-lab.ts';
import type { CdcWorld } from './reset-world.ts';

/** One lab for all cases of a test file, with many worlds in it. */
export interface SharedLab {
  scene(): CdcLab;
  /** Makes a world whose CDC is stopped in the end, whatever becomes of its case. */
  own<W extends CdcWorld>(make: () => Promise<W>): Promise<W>;
}

/** A lab that is up before the first case of this file and removed after the last. */
export function sharedLab(): SharedLab {
  let scene: CdcLab | undefined;
  const worlds: CdcWorld[] = [];
  beforeAll(async () => {
    scene = await cdcLab('stand-in');
  });
  afterAll(async () => {
    await Promise.all(worlds.map((world) => world.control('stop')));
    await scene?.remove();
  });
  return {
    scene: () => {
      if (scene === undefined) throw new Error('no lab is up yet');
      return scene;
    },
    own: async (make) => {
      const world = await make();
      worlds.push(world);
      return world;
    },
  };
}

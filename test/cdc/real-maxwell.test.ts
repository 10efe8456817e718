import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMaxwell } from '../../src/lab/cdc/find-maxwell.ts';
import { realMaxwell } from '../support/real-maxwell.ts';
import { cdcLab, type CdcLab } from './cdc-lab.ts';
import { recoverFrom } from './recover-from.ts';

// Where it can't be had, that is said aloud; where ESR_OPS_REQUIRE names maven, it is an error.
const kinds = (await realMaxwell()) ? (['real'] as const) : [];

it('is what a lab takes by itself, or there is a reason why not', async () => {
  const found = await findMaxwell({ program: [process.execPath], say: () => undefined });
  expect(found.kind === 'real' ? found.label : found.because).toMatch(found.kind === 'real' ? /^Maxwell 1\./ : /./);
  expect(found.kind === 'real').toBe(kinds.length === 1);
});

describe.each(kinds)('with the %s Maxwell and rows changed all through', (kind) => {
  let scene: CdcLab;
  beforeAll(async () => {
    scene = await cdcLab(kind);
  });
  afterAll(async () => {
    await scene.remove();
  });

  it('vhost-down: nothing is lost, and as many come twice as was said', async () => {
    await recoverFrom(scene, 'vhost-down', ['recover', 'vhost']);
  }, 300_000);
});

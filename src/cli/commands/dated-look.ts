import type { Look } from '../../core/finding.ts';
import { datedLooks, remember } from '../../core/remembered.ts';
import type { Composition } from '../composition.ts';

/** Looks with since when they are so, as far as earlier looks know; and this one is remembered, where that is allowed. */
export async function datedLook({ looksMemory, clock }: Composition, looks: readonly Look[]): Promise<readonly Look[]> {
  const nowMs = clock.now();
  const remembered = remember(await looksMemory.read(), looks, nowMs);
  await looksMemory.keep(remembered);
  return datedLooks(looks, remembered, nowMs);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { ExitName } from '../../core/exit-codes.ts';
import type { Composition } from '../composition.ts';
import { sayer } from './lab.ts';
import { settled } from './rehearse-auto.ts';
import type { RehearsalScene } from './rehearse-scene.ts';

/** How often is looked whether the engineer has done something, ms. */
const lookMs = 500;

/**
 * Waits for the engineer, who works in another shell: nothing is asked of the lab before they have done something.
 * `done`: a look that follows what they did finds nothing to act on · `interrupted`: they said that it is enough.
 */
export async function waitForEngineer(composition: Composition, scene: RehearsalScene): Promise<ExitName> {
  const { readRehearsal } = await import('../../lab/rehearsal-log.ts');
  const { which, aside } = scene;
  const say = sayer(composition);
  const leave = async (atMostMs?: number): Promise<ExitName> =>
    (await settled(composition, aside, atMostMs)).length === 0 ? 'done' : 'interrupted';
  let seen = 0;
  for (;;) {
    if (composition.stop.requested()) return await leave(0);
    const records = (await readRehearsal(which.stateDir, which.name)) ?? [];
    const fresh = records.slice(seen);
    seen = records.length;
    if (fresh.some(({ event }) => event === 'enough')) return await leave();
    // A look of theirs that finds nothing, or a run that is over: then, and only then, it may be over.
    const over = fresh.some(
      (record) =>
        record.event === 'command' &&
        ((record.saw !== null && record.exit === 'done') || (record.run !== null && !record.dryRun)),
    );
    if (over && (await settled(composition, aside)).length === 0) {
      say('All is well again: the rehearsal ends here.');
      return 'done';
    }
    await sleep(lookMs);
  }
}

import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import type { Composition } from '../composition.ts';

/** `rehearse hint · end`: from another shell than the one in which a rehearsal waits. */
export async function rehearseAside(composition: Composition, verb: 'hint' | 'end', lab: string): Promise<ExitName> {
  const { host } = composition;
  const { noteInRehearsal, readRehearsal } = await import('../../lab/rehearsal-log.ts');
  const { stateRoot } = await composition.place();
  const records = await readRehearsal(stateRoot, lab);
  const began = records?.find((record) => record.event === 'began');
  if (records === null || began === undefined)
    throw new Fault({
      code: 'rehearse.none',
      message: `No rehearsal is under way in the lab '${lab}'.`,
      exit: 'usage',
      next: ['esr-ops rehearse'],
    });
  if (verb === 'end') {
    await noteInRehearsal(stateRoot, lab, { event: 'enough', at: composition.clock.now() });
    host.say({ code: 'lab.said', payload: { text: 'The rehearsal ends; its debrief is in its own terminal.' } });
    return 'done';
  }
  const hints = (await composition.scenarios()).scenarios.find(({ name }) => name === began.scenario)?.hints ?? [];
  const given = records.filter(({ event }) => event === 'hinted').length;
  const hint = hints[given] ?? null;
  const position = Math.min(given + 1, hints.length);
  if (hint !== null) await noteInRehearsal(stateRoot, lab, { event: 'hinted', at: composition.clock.now(), position });
  host.result({ code: 'rehearsal.hinted', payload: { hint, position, of: hints.length } });
  return 'done';
}

import type { Judged } from '../core/catch-up.ts';
import { localDate, localTime } from '../core/local-day.ts';

/** What of the missed runs is not run: what is made good by itself, what can't be made good, what nobody knows. */
export function outlookWords(judged: readonly Judged[], timezone: string): readonly string[] {
  return judged.flatMap(({ seen: { load, date, standing }, catchUp }): readonly string[] => {
    const run = `${load.name} for ${date}`;
    const { means, instead } = load.missed;
    switch (catchUp.is) {
      case 'runs':
        return [`${run} goes on now (${catchUp.where}); esr-ops etl status says how it ends`];
      case 'made-good':
        return [`${run}: made good by ${catchUp.by}`];
      case 'picked-up': {
        const zone = load.schedule?.zone ?? timezone;
        const at = `${localDate(catchUp.atMs, zone)} ${localTime(catchUp.atMs, zone)}`;
        return [`picked up by itself: ${run}, by ${catchUp.by} at ${at} ${zone}. Until then: ${means}`];
      }
      case 'lost':
        return [`CAN'T BE MADE GOOD TODAY: ${run}. ${means} ${instead ?? 'Nothing is known to do instead.'}`];
      case 'unknown':
        return [`not known whether ${run} is there (${standing.words.join('; ')}): look, and then etl run`];
      case 'there':
      case 'run':
        return [];
      default:
        return catchUp satisfies never;
    }
  });
}

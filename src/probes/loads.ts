import type { Judged } from '../core/catch-up.ts';
import type { Finding } from '../core/finding.ts';
import { finding, looked, unseen, type Probe } from './probe.ts';

/** Rows that the load types should have written in the last day, against what is there. Files are looked at beside them. */
export const loadsProbe: Probe = {
  place: 'etl',
  look: async ({ loads }) => {
    // What runs them says that it is not configured.
    if (loads === null) return [];
    const subject = 'rows of load types';
    const seen = await loads();
    if (seen.is === 'unseen')
      return looked(subject, {}, [unseen('etl', seen.problem, 'Whether load types ran cannot be known from here.')]);
    const there = seen.value.filter(({ catchUp }) => catchUp.is === 'there').length;
    const figures = { there, scheduled: seen.value.length };
    const figure = `${there} of ${seen.value.length} runs of a day are there`;
    return looked(subject, { figure, figures }, seen.value.flatMap(findingsOf));
  },
};

function findingsOf({ seen: { load, date, standing }, catchUp }: Judged): readonly Finding[] {
  if (catchUp.is !== 'run' && catchUp.is !== 'lost') return [];
  const part = standing.is === 'partial';
  return [
    finding({
      code: part ? 'etl.load-partial' : 'etl.load-missing',
      place: 'etl',
      // What can't be helped any more is not to be acted on again and again.
      severity: catchUp.is === 'lost' ? 'advice' : 'degraded',
      message: `Of ${load.name} for ${date} ${part ? 'only a part' : 'nothing'} is there${catchUp.is === 'lost' ? ', and it is too late to run it' : ''}.`,
      evidence: standing.words,
      meaning: load.missed.means,
      blocks: load.feeds.map((name) => `${name} of ${date}`),
      next: { byHand: null, command: 'esr-ops recover etl' },
    }),
  ];
}

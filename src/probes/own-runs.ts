import { isSettled } from '../core/fold.ts';
import { settledBy } from '../core/settled-by.ts';
import { finding, looked, type Probe } from './probe.ts';

/** What this tool itself left open: runs that were cut off or need a person. */
export const ownRunsProbe: Probe = {
  place: 'esr-ops',
  look: async ({ runs }) => {
    const seen = await runs();
    if (seen.is === 'unseen') return looked('runs of this tool', { figure: 'not readable' }, []);
    const open = seen.value.filter(({ state }) => state !== null && !isSettled(state));
    return looked(
      'runs of this tool',
      { figure: open.length === 0 ? 'none is open' : `${open.length} open`, figures: { open: open.length } },
      open.map(({ run, state }) =>
        finding({
          code: 'esr-ops.run-open',
          place: 'esr-ops',
          severity: 'degraded',
          message: `The run ${run} (${state?.started.plan.command ?? ''}) is not settled.`,
          since: state === null ? null : { ms: Date.parse(state.lastAt), how: 'since' },
          evidence: [
            state?.ended === null || state === null
              ? 'it did not end'
              : `it ended ${state.ended.exit}: ${state.ended.summary}`,
          ],
          meaning:
            'Something may be half-way: another run of the same target is refused until it is resumed or acknowledged.',
          blocks: [`another ${state?.started.plan.command ?? 'run'}`],
          next: { byHand: null, command: settledBy(run, state)[0] },
        }),
      ),
    );
  },
};

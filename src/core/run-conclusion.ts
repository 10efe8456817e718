import { leftBehind } from './left-behind.ts';
import type { Run, RunEnd } from './run.ts';
import { isFinal } from './settled-by.ts';

/** An end that depends on whether anything was changed yet: stale or blocked before the first effect, failed after. */
export function stopped(run: Run, message: string, code: string, before: 'stale' | 'blocked' = 'stale'): RunEnd {
  const exit = run.state().effects === 0 ? before : 'failed';
  return {
    exit,
    summary: message,
    problems: [
      { code, message, exit, next: run.state().effects === 0 ? ['run the command again: it makes a new plan'] : [] },
    ],
    next: [],
  };
}

/** How a run ends whose steps all ran. */
export function conclusion(run: Run): RunEnd {
  const open = [...run.state().steps].filter(([, step]) => step.outcome === 'unverified');
  const unverified = open.map(([id]) => id);
  if (unverified.length === 0)
    return { exit: 'done', summary: 'Every step is finished and was verified.', problems: [], next: [] };
  return {
    exit: 'unverified',
    summary: `Every step ran; not verified: ${unverified.join(', ')}.`,
    problems: [],
    next: open.map(([id, { next }]) =>
      next === undefined
        ? `look at ${id} yourself, then: esr-ops runs note ${run.setting.sink.run} "..." ${environmentFlag(run)}`
        : `${next} ${environmentFlag(run)}`,
    ),
  };
}

/** Writes the end into the journal and says it, with what it leaves behind and what to type next. */
export async function finish(run: Run, end: RunEnd): Promise<RunEnd> {
  const { host, sink } = run.setting;
  if (end.exit === 'interrupted') await run.record({ type: 'run.interrupted', at: end.summary });
  const left = end.exit === 'done' ? [] : leftBehind(run.state());
  const open = run.state().effects > 0 && end.exit !== 'done' && end.exit !== 'unverified';
  const full: RunEnd = {
    ...end,
    summary: [end.summary, ...left].join(' '),
    next: [
      ...end.next,
      ...(open
        ? [
            ...(end.problems.some(isFinal) ? [] : [`esr-ops resume ${sink.run} ${environmentFlag(run)}`]),
            `esr-ops runs ack ${sink.run} ${environmentFlag(run)} --reason "..."`,
          ]
        : []),
    ],
  };
  await run.record({ type: 'run.ended', exit: full.exit, summary: full.summary, problems: full.problems });
  host.say({ code: 'run.ended', payload: { run: sink.run, ...full, journal: sink.path } });
  return full;
}

/** Commands that are suggested name the environment: the configuration may have several. */
function environmentFlag(run: Run): string {
  return `--env ${run.state().started.plan.environment.name}`;
}

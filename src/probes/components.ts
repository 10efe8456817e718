import type { Component } from '../core/component.ts';
import type { ComponentSight } from '../core/component-sight.ts';
import type { Finding, Place, Since } from '../core/finding.ts';
import type { Problem } from '../core/fault.ts';
import { finding, looked, notConfigured, type Probe } from './probe.ts';
import type { ProbeScope } from './scope.ts';

/** Components that stand at one place: those that run load types at `etl`, all others at `esr`. */
function componentProbe(place: 'esr' | 'etl'): Probe {
  return {
    place,
    look: async (scope) => {
      const here = scope.components.filter(({ component }) => placeOf(component, scope) === place);
      if (here.length === 0)
        return notConfigured(place, `no component${place === 'etl' ? ' that runs load types' : ''} is configured`);
      return await Promise.all(
        here.map(async ({ component, look }) => {
          const seen = await look();
          if (seen.is === 'unseen') return looked(component.name, {}, [notSeen(place, component, seen.problem)]);
          const sight = seen.value;
          const since: Since | null = sight.sinceMs === null ? null : { ms: sight.sinceMs, how: 'since' };
          return looked(
            component.name,
            { figure: figureOf(sight), figures: { restarts: sight.restarts }, since },
            findingsOf(place, component, sight, since, await deadBeside(component, scope)),
          );
        }),
      );
    },
  };
}

/** ESR and the other services beside it. */
export const esrProbe = componentProbe('esr');

/** What runs load types. */
export const etlProbe = componentProbe('etl');

/** Containers of components that the engine of this one's host holds dead. */
async function deadBeside({ host }: Component, { components }: ProbeScope): Promise<readonly string[]> {
  const looks = await Promise.all(
    components
      .filter(({ component }) => component.host === host)
      .map(async ({ component: { control }, look }) => {
        const seen = await look();
        const dead = seen.is === 'seen' && seen.value.stuck === 'dead';
        return dead && control.kind === 'container' ? [control.container] : [];
      }),
  );
  return looks.flat();
}

/** Where no load type says it yet, the name does. */
function placeOf({ name }: Component, { environment: { loadTypes } }: ProbeScope): Place {
  const runsLoads = loadTypes.length === 0 ? /etl/i.test(name) : loadTypes.some(({ component }) => component === name);
  return runsLoads ? 'etl' : 'esr';
}

function figureOf({ is, start, works }: ComponentSight): string {
  const words = { stuck: 'held dead by Docker', gone: 'not there', ended: 'ended in order' } as const;
  const state = is === 'stuck' || is === 'gone' || is === 'ended' ? words[is] : is;
  const more = [
    ...(start === null || start.is === 'not-said' ? [] : [start.is === 'started' ? 'started' : 'its start FAILED']),
    ...(works === null || works.is === 'unknown' ? [] : [works.is]),
  ];
  return [state, ...more].join(', ');
}

/** The engine of a host that does not answer is one cause for everything on it. */
function notSeen(place: Place, { name, host }: Component, problem: Problem): Finding {
  const engine = problem.code === 'docker.hung' || problem.code === 'docker.absent';
  return finding({
    code: engine ? problem.code : `${place}.unseen`,
    place,
    severity: engine ? 'broken' : 'unseen',
    message: engine
      ? `Docker on ${host ?? 'this machine'} ${problem.code === 'docker.hung' ? 'hangs' : 'does not run'}, so ${name} can be neither seen nor started.`
      : problem.message,
    evidence: [problem.message],
    meaning: engine
      ? 'Containers may go on running for a while; none can be looked at, stopped or started.'
      : `How ${name} is cannot be known.`,
    blocks: engine ? [`starting ${name}, and every load`] : [],
    next: engine
      ? { byHand: null, command: `esr-ops docker restart${host === null ? '' : ` --host ${host}`}` }
      : { byHand: problem.next?.[0] ?? null, command: 'esr-ops config check' },
  });
}

function findingsOf(
  place: Place,
  component: Component,
  sight: ComponentSight,
  since: Since | null,
  dead: readonly string[],
): readonly Finding[] {
  const { name, owner, isNot } = component;
  const base = { place, since, blocks: blocksOf(component) };
  const restart = { byHand: null, command: `esr-ops esr restart ${name}` };
  const not = isNot[0] === undefined ? '' : ` Not to be taken for another: ${isNot[0]}`;
  switch (sight.is) {
    case 'stuck':
      return [
        finding({
          ...base,
          code: `${place}.stuck`,
          severity: 'broken',
          message:
            sight.stuck === 'removing'
              ? `Docker is removing the container of ${name} and does not come to the end: it can not be started.`
              : `Docker holds the container of ${name} dead: it can not be started, and its name is taken.`,
          evidence: sight.evidence,
          meaning: `${name} does not run. ${sight.stuck === 'removing' ? 'A restart of the daemon ends its removal' : 'A restart of the daemon leaves it dead: it has to be removed by name'}; then it has to be made anew.${not}`,
          next: { byHand: null, command: unstuck(component, sight, dead) },
        }),
      ];
    case 'gone':
      return [
        finding({
          ...base,
          code: `${place}.gone`,
          severity: 'broken',
          message: `${name} is not there at all.`,
          evidence: sight.evidence,
          meaning: `It was removed, or vanished with a restart of Docker; nothing starts it by itself.${not}`,
          next: restart,
        }),
      ];
    case 'stopped':
    case 'paused':
      return [
        finding({
          ...base,
          code: `${place}.stopped`,
          severity: 'broken',
          message: `${name} is ${sight.is}.`,
          evidence: sight.evidence,
          meaning: `${component.is}${not}`,
          next: restart,
        }),
      ];
    case 'restarting':
      return [
        finding({
          ...base,
          code: `${place}.restarting`,
          severity: 'broken',
          message: `${name} ends again each time that it is started (${sight.restarts ?? '?'} times so far).`,
          evidence: sight.evidence,
          meaning: `It lacks something at its start: its log says what.${not}`,
          next: restart,
        }),
      ];
    case 'ended':
      return place === 'etl'
        ? []
        : [
            finding({
              ...base,
              code: `${place}.stopped`,
              severity: 'broken',
              message: `${name} has ended, in order.`,
              evidence: sight.evidence,
              meaning: `Somebody stopped it.${not}`,
              next: restart,
            }),
          ];
    case 'unknown':
      return sight.works?.is === 'healthy'
        ? []
        : [
            finding({
              ...base,
              code: `${place}.unseen`,
              severity: 'unseen',
              message: `Whether ${name} runs is not known.`,
              evidence: sight.evidence,
              meaning: 'Nothing is claimed of it.',
              next: { byHand: `Ask ${owner}.`, command: `esr-ops explain ${name}` },
            }),
          ];
    case 'running':
      return runningFindings(base, component, sight, restart);
    default:
      return sight.is satisfies never;
  }
}

/** What is dead is removed alone; only a removal that hangs wants the daemon. */
function unstuck({ name, host, control }: Component, { stuck }: ComponentSight, dead: readonly string[]): string {
  if (stuck === 'dead' && control.kind === 'container')
    return `esr-ops esr restart ${name} --remove ${control.container}`;
  // One dead container on a host blocks the plan that would bring back the others.
  return `esr-ops docker restart${host === null ? '' : ` --host ${host}`}${dead.map((container) => ` --remove ${container}`).join('')}`;
}

/** Up is not started: what its log and its own check say counts. */
function runningFindings(
  base: Pick<Finding, 'place' | 'since' | 'blocks'>,
  { name }: Component,
  { start, works, evidence }: ComponentSight,
  next: Finding['next'],
): readonly Finding[] {
  if (start?.is === 'failed')
    return [
      finding({
        ...base,
        code: `${base.place}.startup-failed`,
        severity: 'broken',
        message: `${name} is up, and its application did not start.`,
        evidence: [...evidence, `its log: ${start.line}`],
        meaning:
          'Its container looks well and does nothing: whoever needs it fails, and starting those again does not help.',
        next,
      }),
    ];
  if (works?.is === 'unhealthy')
    return [
      finding({
        ...base,
        code: `${base.place}.unhealthy`,
        severity: 'broken',
        message: `${name} runs, and does not work by its own check.`,
        evidence: [...evidence, works.evidence],
        meaning: 'It is up and does not do its work.',
        next,
      }),
    ];
  return [];
}

function blocksOf({ name, queues }: Component): readonly string[] {
  return [`what ${name} does`, ...(queues.length === 0 ? [] : [`messages of ${queues.join(', ')}`])];
}

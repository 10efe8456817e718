import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { componentNamed } from './component-named.ts';
import { isUnwell, lookAlong, lookAtEngine, type EngineSight, type PathSight } from './path-look.ts';

const schema = z.object({ host: z.string(), alert: z.string().nullish() });

/** Walks the way of the load types (Docker, what ESR-ETL needs, ESR-ETL) and says who is at fault. Changes nothing. */
export const etlLook: Action<z.infer<typeof schema>> = {
  verb: 'etl.look',
  help: 'walk from Docker over what ESR-ETL needs to ESR-ETL, and say which of them is at fault',
  args: { host: 'string', alert: 'string?' },
  affects: [],
  reads: ['docker.', 'component.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ host, alert }, context) => {
    const [engine, sights] = await Promise.all([lookAtEngine(host, context), lookAlong(context)]);
    const named = alert == null || alert === '' ? null : componentNamed(alert, context.environment).name;
    return {
      ...nothing,
      notes: [
        ...(engine.is === 'none' ? [] : [`Docker of ${host} ${engineWords[engine.is]}: ${engine.evidence}`]),
        ...sights.map(({ component, is, evidence }) => `${component.name} ${sightWords[is]}: ${evidence}`),
        ...blame(engine, sights, named),
      ],
    };
  },
};

const engineWords: Readonly<Record<EngineSight['is'], string>> = {
  none: 'is not needed',
  fine: 'works',
  hung: 'HANGS',
  absent: 'IS NOT THERE',
  stuck: "HOLDS A CONTAINER that it can't remove",
};

const sightWords: Readonly<Record<PathSight['is'], string>> = {
  works: 'works',
  sick: 'is up and DOES NOT WORK',
  stopped: 'DOES NOT RUN',
  gone: 'IS GONE',
  dead: 'IS DEAD and can never be started again',
  removing: 'IS STUCK in its removal',
  unreadable: "can't be looked at",
  unknown: 'is not known to work or not',
};

/** Who is at fault: what is needed before what needs it, whoever the alert names. */
function blame(engine: EngineSight, sights: readonly PathSight[], named: string | null): readonly string[] {
  const inEngine = engine.is === 'hung' || engine.is === 'absent' || engine.is === 'stuck';
  const first = sights.find(isUnwell)?.component ?? null;
  const at = inEngine ? 'Docker' : (first?.name ?? null);
  if (at === null) return [`at fault now: none of them${named === null ? '' : `, and not ${named}, either`}`];
  const alert =
    named === null || named === at
      ? []
      : [`the alert names ${named}: to restart that would leave ${at} as it is, and ${named} needs it`];
  return [`at fault: ${at}`, ...(first !== null && !inEngine ? first.isNot : []), ...alert];
}

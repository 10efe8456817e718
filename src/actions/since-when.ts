import type { ActionContext } from '../core/action.ts';
import type { Blocker } from '../core/plan.ts';
import type { CdcReaders } from '../core/ports-cdc.ts';
import type { Asked } from './replay-start.ts';

/** How long before the earliest trace of the wrong pointing a replay is proposed to begin, ms. */
const beforeMs = 15 * 60_000;

/** A round time, so that it is the same in a dry run and in the run a minute later. */
const stepMs = 5 * 60_000;

/**
 * After CDC published into another vhost, the replay must begin before it first did, and nobody can tell from here when
 * that was: what there is to go by is said, and the time must be given. Empty where it is, or CDC stays where it was.
 */
export async function sinceWhen(asked: Asked, cdc: CdcReaders, context: ActionContext): Promise<readonly Blocker[]> {
  const repoint = [...context.ahead, ...context.made].find((change) => change.kind === 'cdc.repoint');
  if (repoint === undefined || repoint.from.vhost === repoint.to.vhost) return [];
  if (asked.at !== null || asked.position !== null || asked.gtidSet !== null) return [];
  const { from, to, where } = repoint;
  const { rabbit } = context.readers;
  const { modifiedAt } = await cdc.process.readConfig();
  const there = (await rabbit.vhosts()).includes(from.vhost) ? await rabbit.connections(from.vhost) : [];
  const since = there.filter(({ user }) => user === from.user).map(({ connectedAtMs }) => connectedAtMs);
  const seen = Math.min(Date.parse(modifiedAt), ...since);
  const value = new Date(Math.floor((seen - beforeMs) / stepMs) * stepMs).toISOString();
  const connected =
    since.length === 0 ? '' : `, its connection there is from ${new Date(Math.min(...since)).toISOString()}`;
  return [
    {
      code: 'maxwell.since-unknown',
      message: `CDC publishes into vhost ${from.vhost}, and the replay into ${to.vhost} must begin before it first did. When that was is not recorded: ${where} was last written at ${modifiedAt}${connected}.`,
      items: [],
      remedies: [
        { flag: '--since', input: 'since', value, label: 'a quarter of an hour before the earliest of these' },
      ],
    },
  ];
}

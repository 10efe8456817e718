import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';
import type { CdcTarget } from '../core/cdc-config.ts';
import type { CdcEdit, RepointRequest } from '../core/cdc-ports.ts';
import type { CdcPlace, Change } from '../core/change.ts';
import type { Blocker } from '../core/plan.ts';
import { connectedTo } from './cdc-others.ts';
import { noCdc } from './cdc-stop.ts';
import { fitOfVhost } from './vhost-fit.ts';

const schema = z.object({
  vhost: z.string(),
  user: z.string().nullish(),
  host: z.string().nullish(),
  'accept-host': z.boolean().nullish(),
  foreign: z.array(z.string()).nullish(),
});
type Args = z.infer<typeof schema>;

/**
 * Stops CDC where no earlier step does, and edits its configuration so that it publishes into another vhost. Before
 * that everything about the vhost is looked at that decides whether messages would get where they should.
 */
export const cdcRepoint: Action<Args> = {
  verb: 'cdc.repoint',
  help: 'stop CDC and edit its configuration, so that it publishes into a vhost that was looked at first',
  args: { vhost: 'string', user: 'string?', host: 'string?', 'accept-host': 'bool?', foreign: 'strings?' },
  affects: ['cdc.'],
  reads: ['vhost.state'],
  settles: 'plan',
  outputs: {},
  schema,
  plan: async (args, context) => {
    const { cdc } = context.readers;
    if (cdc === null) return { ...nothing, blockers: [noCdc(context)] };
    const asked: RepointRequest = { vhost: args.vhost, user: args.user ?? null, host: args.host ?? null };
    const edit = await cdc.edit(asked);
    const fit = await fitOfVhost(args.vhost, { edit, foreign: args.foreign ?? [], asked }, context);
    const blockers = [
      ...fit.blockers,
      ...(args['accept-host'] === true ? [] : otherBroker(args.host ?? null, context)),
      ...(edit.password === 'missing' ? [noPassword(edit, context)] : []),
    ];
    const notes = [
      ...edit.then.warnings,
      ...fit.notes,
      ...(await elsewhere(edit, context)),
      ...brokerNote(edit.then, context),
    ];
    if (edit.changed.length === 0)
      return { ...nothing, blockers, notes, unchanged: [`${edit.where} says all of it already`] };
    const stopped = [...context.ahead, ...context.made].some((change) => change.kind === 'cdc.stop');
    const { clientId } = cdc.maxwell;
    const changes: Change[] = [
      ...(stopped ? [] : [{ kind: 'cdc.stop' as const, clientId }]),
      {
        kind: 'cdc.repoint',
        clientId,
        where: edit.where,
        was: edit.was,
        becomes: edit.becomes,
        from: placeOf(edit.now),
        to: placeOf(edit.then),
        asked,
        changed: edit.changed,
        diff: edit.diff,
      },
    ];
    return { ...nothing, changes, blockers, notes };
  },
};

function placeOf({ host, vhost, user }: CdcTarget): CdcPlace {
  return { host, vhost, user };
}

/** What stays behind in the vhost that CDC has published into until now. */
async function elsewhere({ now, then }: CdcEdit, context: ActionContext): Promise<readonly string[]> {
  if (now.vhost === then.vhost) return [];
  const { rabbit } = context.readers;
  if (!(await rabbit.vhosts()).includes(now.vhost)) return [`vhost ${now.vhost}, which it names now, is not there`];
  const depths = await rabbit.depths(now.vhost);
  const waiting = depths?.reduce((sum, { messages }) => sum + messages, 0) ?? null;
  return [
    `what CDC published into vhost ${now.vhost} stays there${waiting === null ? '' : `, where ${waiting} message(s) wait`}; esr-ops recover cdc --since T publishes it again into vhost ${then.vhost}`,
    ...(await connectedTo(now.vhost, now.user, context)),
  ];
}

/** The broker that CDC connects to must be the one that was looked at; only a person knows two names of one broker. */
function otherBroker(host: string | null, context: ActionContext): readonly Blocker[] {
  const own = brokerName(context);
  if (host === null || own === null || host === own) return [];
  return [
    {
      code: 'cdc.other-broker',
      message: `CDC would connect to ${host}, and everything was looked at on ${own}: is that the same broker?`,
      items: [],
      remedies: [
        {
          flag: '--accept-host',
          input: 'accept-host',
          value: true,
          label: `${host} is another name of ${own}`,
        },
      ],
    },
  ];
}

function brokerNote({ host }: CdcTarget, context: ActionContext): readonly string[] {
  const own = brokerName(context);
  if (host === null) return ['the configuration names no broker at all: CDC does not start without one'];
  if (own === null || host === own) return [];
  return [`CDC calls the broker ${host}, esr-ops calls it ${own}: its connection shows whether they are one`];
}

function brokerName({ environment }: ActionContext): string | null {
  const { rabbitmq } = environment;
  return rabbitmq === null ? null : new URL(rabbitmq.amqp).hostname.replace(/^\[(.*)\]$/, '$1');
}

function noPassword({ then }: CdcEdit, { environment: { name } }: ActionContext): Blocker {
  return {
    code: 'cdc.no-password',
    message: `The password of ${then.user} is not known: the file has that of another user. It comes from environments.${name}.cdc.brokerUsers.${then.user}.password.`,
    items: [],
    remedies: [],
  };
}

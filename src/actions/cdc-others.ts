import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';

const schema = z.object({});

/** Says who still is connected to the vhost that CDC has left: components that somebody may have forgotten. */
export const cdcOthers: Action<z.infer<typeof schema>> = {
  verb: 'cdc.others',
  help: 'list who else is still connected to the vhost that CDC was taken away from',
  args: {},
  affects: [],
  reads: [],
  settles: 'run',
  outputs: {},
  schema,
  plan: async (_args, context) => {
    const repoint = [...context.ahead, ...context.made].find((change) => change.kind === 'cdc.repoint');
    if (repoint === undefined || repoint.from.vhost === repoint.to.vhost)
      return { ...nothing, unchanged: ['CDC was not taken away from any vhost'] };
    const { vhost, user } = repoint.from;
    // Once CDC is elsewhere, a connection of its old user there is another Maxwell.
    const cdcUser = context.made.includes(repoint) ? null : user;
    if (!(await context.readers.rabbit.vhosts()).includes(vhost))
      return { ...nothing, unchanged: [`vhost ${vhost} is not there`] };
    return { ...nothing, notes: await connectedTo(vhost, cdcUser, context) };
  },
};

/** Everybody but CDC's user (unless null) and this tool, by user and by the name that the client gives of itself. */
export async function connectedTo(
  vhost: string,
  cdcUser: string | null,
  context: ActionContext,
): Promise<readonly string[]> {
  const me = context.environment.rabbitmq?.user;
  const others = (await context.readers.rabbit.connections(vhost)).filter(
    ({ user }) => user !== cdcUser && user !== me,
  );
  if (others.length === 0) return [`nobody else is connected to vhost ${vhost}`];
  const counted = new Map<string, number>();
  for (const { user, clientName, peer } of others) {
    const who = `${user} (${clientName === '' ? peer : clientName})`;
    counted.set(who, (counted.get(who) ?? 0) + 1);
  }
  const listed = [...counted].sort().map(([who, times]) => (times === 1 ? who : `${who} x ${times}`));
  return [`still connected to vhost ${vhost}, and not repointed with CDC: ${listed.join(', ')}`];
}

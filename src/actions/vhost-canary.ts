import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { stepMarker } from './capture-choice.ts';

const schema = z.object({ vhost: z.string(), proved: stepMarker.nullish() });

/**
 * Proves that the vhost's message store works; routing is proved by comparing bindings. The management API opens an
 * AMQP connection to publish, so nothing can be sent while this tool's own user is held off (seen: 401); a later step
 * sends it then.
 */
export const vhostCanary: Action<z.infer<typeof schema>> = {
  verb: 'vhost.canary',
  help: 'send one persistent message through a temporary exchange and queue of our own',
  args: { vhost: 'string', proved: 'step?' },
  affects: [],
  reads: ['vhost.state'],
  settles: 'run',
  outputs: { proved: 'bool' },
  schema,
  plan: async ({ vhost, proved }, { readers: { rabbit }, outputs, ahead }) => {
    if (proved != null) {
      if (outputs[proved.$step]?.[proved.output] === true)
        return { ...nothing, unchanged: [`step ${proved.$step} has proved it`] };
      if (ahead.some((change) => change.kind === 'canary.round-trip'))
        return { ...nothing, unknown: [`only if step ${proved.$step} could not send one`] };
    }
    const me = (await rabbit.whoami()).name;
    const held =
      ahead.some((change) => change.kind === 'user.hold-off') || (await rabbit.userLimits(me))['max-connections'] === 0;
    if (held && proved == null)
      return { ...nothing, notes: [`${me} is held off, so a message is sent only when it is let in again`] };
    return { ...nothing, changes: [{ kind: 'canary.round-trip', vhost }] };
  },
};

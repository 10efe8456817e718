import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import type { Blocker } from '../core/plan.ts';
import { chooseCapture, stepMarker } from './capture-choice.ts';

const schema = z.object({ vhost: z.string(), capture: stepMarker.nullish(), baseline: z.string().nullish() });

/**
 * Reboots the broker. Never without a capture: after a reboot in which the vhost does not recover, the broker
 * itself has forgotten the vhost's exchanges and bindings (seen on RabbitMQ 3.10.8).
 */
export const brokerReboot: Action<z.infer<typeof schema>> = {
  verb: 'broker.reboot',
  help: "run the environment's configured command that reboots the broker",
  args: { vhost: 'string', capture: 'step?', baseline: 'string?' },
  affects: ['vhost.', 'broker.'],
  reads: ['broker.'],
  settles: 'plan',
  outputs: {},
  schema,
  plan: async ({ vhost, capture, baseline }, context) => {
    const reboot = context.environment.rabbitmq?.reboot ?? null;
    const blockers: Blocker[] = [];
    if (reboot === null) {
      blockers.push({
        code: 'broker.no-reboot',
        message: `Environment ${context.environment.name} does not say how its broker is rebooted (rabbitmq.reboot).`,
        items: [],
        remedies: [],
      });
    }
    const choice = await chooseCapture(
      vhost,
      { baseline: baseline ?? null, step: capture ?? null, secrets: 'without' },
      context,
    );
    if (choice === null) {
      blockers.push({
        code: 'capture.none',
        message: `There is no capture of vhost ${vhost}, and a reboot can lose its exchanges and bindings.`,
        items: [],
        remedies: [],
      });
    }
    if (blockers.length > 0 || reboot === null) return { ...nothing, blockers };
    const [overview, vhosts] = await Promise.all([context.readers.rabbit.overview(), context.readers.rabbit.vhosts()]);
    const before = Object.fromEntries(overview.nodes.map((node) => [node.name, node.osPid]));
    const others = vhosts.filter((name) => name !== vhost);
    return {
      ...nothing,
      changes: [{ kind: 'broker.reboot', broker: reboot.name, before }],
      notes: [
        `everything on the broker goes down meanwhile${others.length > 0 ? `, these vhosts too: ${others.join(', ')}` : ''}`,
      ],
    };
  },
};

import type { ActionContext } from '../core/action.ts';
import type { CdcEdit, RepointRequest } from '../core/cdc-ports.ts';
import { didYouMean } from '../core/closest.ts';
import type { Blocker } from '../core/plan.ts';
import type { Permission } from '../core/vhost.ts';
import { typedWord } from '../core/typed-command.ts';
import { exchangeBlockers } from './exchange-fit.ts';
import { foreigners } from './foreigners.ts';

/** What is asked of a vhost that CDC is to publish into. */
interface Wanted {
  readonly edit: CdcEdit;
  readonly asked: RepointRequest;
  /** Foreign items whose owners know, as they were named. */
  readonly foreign: readonly string[];
}

/** What speaks against a vhost, and what is worth knowing. */
export interface VhostFit {
  readonly blockers: readonly Blocker[];
  readonly notes: readonly string[];
}

/**
 * Whether CDC may publish into the vhost: it runs, belongs to this environment, has the exchange as CDC declares it with
 * a binding, and lets CDC's user in with the password that it will have. A vhost that an earlier step makes is looked
 * at once it is there.
 */
export async function fitOfVhost(vhost: string, wanted: Wanted, context: ActionContext): Promise<VhostFit> {
  const { rabbit } = context.readers;
  const pending = context.ahead.some((change) => /^(vhost|broker|definitions|permission)\./.test(change.kind));
  if (pending) return { blockers: [], notes: ['the vhost is looked at when the steps before have run'] };
  const { state, evidence } = await rabbit.status(vhost);
  if (state === 'absent') {
    const there = await rabbit.vhosts();
    const message = `There is no vhost ${JSON.stringify(vhost)}.${didYouMean(vhost, there)} The broker has ${there.join(', ')}.`;
    return { blockers: [blocker('cdc.vhost-absent', message)], notes: [] };
  }
  if (state !== 'running') {
    const message = `Vhost ${vhost} is ${state} (${evidence.join('; ')}). Next is: esr-ops recover vhost --vhost ${typedWord(vhost)}`;
    return { blockers: [blocker('cdc.vhost-down', message)], notes: [] };
  }
  const belongs = await belonging(vhost, wanted, context);
  return {
    blockers: [
      ...(await exchangeBlockers(vhost, wanted.edit.then, rabbit)),
      ...belongs.blockers,
      ...(await loginBlockers(vhost, wanted, context)),
    ],
    notes: belongs.notes,
  };
}

async function belonging(vhost: string, { foreign }: Wanted, context: ActionContext): Promise<VhostFit> {
  const { rabbitmq, name } = context.environment;
  if (rabbitmq === null) return { blockers: [], notes: [] };
  const { expected } = rabbitmq;
  const notes =
    vhost === rabbitmq.vhost ? [] : [`environments.${name}.rabbitmq.vhost names another vhost: ${rabbitmq.vhost}`];
  if (expected.queuePrefixes.length === 0 && expected.users.length === 0) {
    const where = `environments.${name}.rabbitmq.expected`;
    return {
      blockers: [],
      notes: [...notes, `whether vhost ${vhost} belongs here was not compared: ${where} says nothing`],
    };
  }
  const snapshot = await context.readers.rabbit.snapshot(vhost, { depths: false });
  const strange = foreigners(snapshot, expected, rabbitmq.user).filter(
    (item) => !foreign.includes(item) && !expected.neighbours.includes(item),
  );
  if (strange.length === 0) return { blockers: [], notes };
  const message = `Vhost ${vhost} holds ${strange.length} item(s) that do not belong to environment ${name}: CDC may be about to publish into the wrong place.`;
  const remedy = {
    flag: '--foreign',
    input: 'foreign',
    value: strange,
    label: 'it is the right vhost, and they belong there',
  };
  return { blockers: [{ code: 'cdc.foreign-vhost', message, items: strange, remedies: [remedy] }], notes };
}

async function loginBlockers(
  vhost: string,
  { edit, asked }: Wanted,
  context: ActionContext,
): Promise<readonly Blocker[]> {
  const { cdc, rabbit } = context.readers;
  const { user, exchange } = edit.then;
  const fenced = context.made.find(
    (change) => change.kind === 'permission.withdraw' && change.vhost === vhost && change.was.user === user,
  );
  const held = (await rabbit.permissions(vhost)).find((candidate) => candidate.user === user);
  const permission = held ?? (fenced?.kind === 'permission.withdraw' ? fenced.was : undefined);
  if (permission === undefined) {
    return [blocker('cdc.no-permission', `User ${user}, which CDC would have, has no permission on vhost ${vhost}.`)];
  }
  const lacking = (['write', ...(edit.declares ? (['configure'] as const) : [])] as const).filter(
    (right) => !allows(permission, right, exchange),
  );
  if (lacking.length > 0) {
    return [
      blocker(
        'cdc.no-permission',
        `User ${user} may not ${lacking.join(' and ')} exchange ${exchange} in vhost ${vhost} (${lacking.map((right) => `${right} ${JSON.stringify(permission[right])}`).join(', ')}).`,
      ),
    ];
  }
  if (cdc === null || edit.password === 'missing' || held === undefined) return [];
  const login = await cdc.login(asked);
  return login.is === 'refused'
    ? [
        blocker(
          'cdc.login-refused',
          `The broker refuses user ${user} with the password that CDC would have: ${login.evidence}.`,
        ),
      ]
    : [];
}

/** As the broker reads it: an unanchored regular expression, an empty one matches nothing. One it alone can read counts. */
function allows(permission: Permission, right: 'configure' | 'write', exchange: string): boolean {
  const pattern = permission[right];
  if (pattern === '') return false;
  try {
    return new RegExp(pattern, 'u').test(exchange);
  } catch {
    return true;
  }
}

function blocker(code: string, message: string): Blocker {
  return { code, message, items: [], remedies: [] };
}

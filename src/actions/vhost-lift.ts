import * as z from 'zod';
import { nothing, type Action, type ActionContext } from '../core/action.ts';
import type { Change } from '../core/change.ts';
import { fencedOut, heldOff, withFenced } from '../core/fenced-out.ts';
import type { Permission, TopicPermission, VhostSnapshot } from '../core/vhost.ts';
import { chooseCapture, stepMarker } from './capture-choice.ts';

const schema = z.object({ vhost: z.string(), capture: stepMarker.nullish(), baseline: z.string().nullish() });

/**
 * Lets people in again: every permission of the capture is given back, the tool's own last, and a hold-off of its
 * user is undone. Permissions given meanwhile by somebody else stay and are named.
 */
export const vhostLift: Action<z.infer<typeof schema>> = {
  verb: 'vhost.lift',
  help: 'give back the permissions that the capture holds, and undo a hold-off',
  args: { vhost: 'string', capture: 'step?', baseline: 'string?' },
  affects: ['vhost.consumers', 'vhost.permissions', 'vhost.state'],
  reads: ['vhost.permissions'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ vhost, capture, baseline }, context) => {
    const { rabbit } = context.readers;
    const choice = await chooseCapture(
      vhost,
      { baseline: baseline ?? null, step: capture ?? null, secrets: 'without' },
      context,
    );
    if (choice === null) {
      return {
        ...nothing,
        blockers: [
          {
            code: 'capture.none',
            message: `There is no capture of vhost ${vhost} that says who had which permission.`,
            items: [],
            remedies: [],
          },
        ],
      };
    }
    const status = await rabbit.status(vhost);
    const snapshot: VhostSnapshot | null =
      choice.capture?.snapshot ?? (status.state === 'absent' ? null : await rabbit.snapshot(vhost, { depths: false }));
    if (snapshot === null)
      return { ...nothing, unknown: [`the permissions of vhost ${vhost} are known once its capture is read`] };
    const { snapshot: before } = withFenced(snapshot, fencedOut(await context.readers.runs.list(), vhost));
    const emptied = status.state === 'absent' || context.ahead.some((change) => change.kind === 'vhost.delete');
    const now = emptied ? { permissions: [], topics: [] } : await currentPermissions(vhost, context);
    const me = (await rabbit.whoami()).name;
    const changes: Change[] = missing(before, now).sort(
      (a, b) => Number(a.permission.user === me) - Number(b.permission.user === me),
    );
    const release = await releaseOf(vhost, me, context);
    if (release !== null) changes.push(release);
    const extra = now.permissions.filter(
      (permission) => !before.permissions.some((had) => had.user === permission.user) && permission.user !== me,
    );
    const notes = extra.map(
      (permission) => `${permission.user} has a permission that the capture does not have; it stays`,
    );
    return changes.length === 0
      ? { ...nothing, notes, unchanged: ['everybody has the permissions of the capture'] }
      : { ...nothing, notes, changes };
  },
};

/** Undoes the hold-off of this run's fence, or one that an earlier run made and nobody has undone. */
async function releaseOf(vhost: string, me: string, context: ActionContext): Promise<Change | null> {
  const held = [...context.ahead, ...context.made].find((change) => change.kind === 'user.hold-off');
  if (held !== undefined) return { kind: 'user.release', vhost, user: me, maxConnections: held.was };
  const before = heldOff(await context.readers.runs.list(), me);
  if (before === undefined || (await context.readers.rabbit.userLimits(me))['max-connections'] !== 0) return null;
  return { kind: 'user.release', vhost, user: me, maxConnections: before };
}

interface Now {
  readonly permissions: readonly Permission[];
  readonly topics: readonly TopicPermission[];
}

/** Permissions as they will be when this step runs: as they are, less what earlier steps withdraw. */
async function currentPermissions(vhost: string, context: ActionContext): Promise<Now> {
  const { rabbit } = context.readers;
  const [permissions, topics] = await Promise.all([rabbit.permissions(vhost), rabbit.topicPermissions(vhost)]);
  const withdrawn = context.ahead.flatMap((change) => (change.kind === 'permission.withdraw' ? [change.was.user] : []));
  return { permissions: permissions.filter((permission) => !withdrawn.includes(permission.user)), topics };
}

function missing(before: VhostSnapshot, now: Now): Extract<Change, { kind: 'permission.grant' }>[] {
  return before.permissions.flatMap((permission) => {
    const topics = before.topicPermissions.filter((topic) => topic.user === permission.user);
    const has = now.permissions.some((current) => same(current, permission));
    const hasTopics = topics.every((topic) => now.topics.some((current) => sameTopic(current, topic)));
    if (has && hasTopics) return [];
    return [
      {
        kind: 'permission.grant' as const,
        vhost: before.vhost,
        permission,
        topics: topics.map(({ exchange, write, read }) => ({ exchange, write, read })),
      },
    ];
  });
}

function same(a: Permission, b: Permission): boolean {
  return a.user === b.user && a.configure === b.configure && a.write === b.write && a.read === b.read;
}

function sameTopic(a: TopicPermission, b: TopicPermission): boolean {
  return a.user === b.user && a.exchange === b.exchange && a.write === b.write && a.read === b.read;
}

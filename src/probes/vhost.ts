import type { Capture } from '../core/capture.ts';
import { comparePermissions } from '../core/definitions.ts';
import type { Finding, Since } from '../core/finding.ts';
import { fencedOut } from '../core/fenced-out.ts';
import type { Permission, VhostStatus } from '../core/vhost.ts';
import { vhostInPart } from '../core/vhost-in-part.ts';
import { finding, looked, notConfigured, unseen, type Probe } from './probe.ts';
import type { ProbeScope } from './scope.ts';

/** The vhost: whether it runs, and whether everybody may still use it. */
export const vhostProbe: Probe = {
  place: 'vhost',
  look: async (scope) => {
    const { broker } = scope;
    if (broker === null) return notConfigured('vhost', 'no rabbitmq section');
    const subject = `vhost ${broker.vhost}`;
    const [status, permissions, captures, runs, cdcUser] = await Promise.all([
      broker.status(),
      broker.permissions(),
      scope.captures(),
      scope.runs(),
      userOfCdc(scope),
    ]);
    if (status.is === 'unseen')
      return looked(subject, {}, [unseen('vhost', status.problem, 'How the vhost is cannot be known.')]);
    const good = captures.is === 'seen' ? captures.value : { any: null, running: null };
    const after: Since | null =
      good.running === null ? null : { ms: Date.parse(good.running.manifest.takenAt), how: 'after' };
    const { state } = status.value;
    const has = permissions.is === 'seen' ? permissions.value : null;
    const fenced = runs.is === 'seen' ? fencedOut(runs.value, broker.vhost).map(({ user }) => user) : [];
    const outside = has === null ? [] : lostPermissions(has, good.any, fenced, cdcUser, after);
    if (state === 'down' || state === 'absent') {
      const runsOn = vhostInPart(status.value)?.running.length ?? 0;
      const figure = runsOn === 0 ? state : `${state} in part`;
      return looked(subject, { figure, figures: { runsOn }, since: after }, [
        state === 'absent' ? absent(status.value, after) : await down(scope, status.value, good.any, after),
        ...outside,
      ]);
    }
    return looked(
      subject,
      {
        figure: has === null ? state : `${state}, ${has.length} ${has.length === 1 ? 'user' : 'users'} permitted`,
        figures: { permissions: has?.length ?? null },
      },
      [
        ...(state === 'unpermitted' ? [unpermitted(status.value)] : []),
        ...outside,
        ...(good.any === null ? [noCapture(broker.vhost)] : []),
      ],
    );
  },
};

async function userOfCdc({ cdc }: ProbeScope): Promise<string | null> {
  const target = await cdc?.target();
  return target?.is === 'seen' ? target.value.user : null;
}

const blocked = ['every file and message of the ESR interface', 'CDC: changes made in TIS reach nobody'];

/**
 * Down. When the broker was rebooted since, its export has queues and neither exchanges nor bindings: recreating from it
 * would lose the routing without a word, so that is another finding with another command.
 */
async function down(
  { broker }: ProbeScope,
  status: VhostStatus,
  good: Capture | null,
  since: Since | null,
): Promise<Finding> {
  const exported = await broker?.definitions();
  const definitions = exported?.is === 'seen' ? exported.value : null;
  const had = good?.snapshot.definitions.exchanges.length ?? null;
  const part = vhostInPart(status);
  const forgot =
    part === null &&
    definitions !== null &&
    definitions.exchanges.length === 0 &&
    (had === null ? definitions.queues.length > 0 : had > 0);
  const counts =
    definitions === null
      ? []
      : [
          `its export has ${definitions.queues.length} queues, ${definitions.exchanges.length} exchanges, ${definitions.bindings.length} bindings`,
        ];
  return finding({
    code: forgot ? 'vhost.down-rebooted' : 'vhost.down',
    place: 'vhost',
    severity: 'broken',
    message: forgot
      ? `The vhost ${status.vhost} is down, and the broker was rebooted since and has forgotten its exchanges and bindings.`
      : part === null
        ? `The vhost ${status.vhost} is down.`
        : `The vhost ${status.vhost} is down on ${part.stopped.join(', ')} and runs on ${part.running.join(', ')}.`,
    since,
    evidence: [...status.evidence, ...counts],
    meaning:
      part === null
        ? 'The broker itself works; this vhost does not, and every service in it is refused with 541. Depths and consumers are unknown, not 0.'
        : 'Services that reach a node that has it stopped are refused with 541; the others go on, without the queues of that node. Depths and consumers are not known as a whole.',
    blocks: part === null ? blocked : [`what uses queues on ${part.stopped.join(', ')}, or connects there`],
    next: {
      byHand: null,
      command: forgot && good !== null ? 'esr-ops recover vhost --baseline last-good' : 'esr-ops recover vhost',
    },
  });
}

function absent(status: VhostStatus, since: Since | null): Finding {
  return finding({
    code: 'vhost.absent',
    place: 'vhost',
    severity: 'broken',
    message: `There is no vhost ${status.vhost} on the broker.`,
    since,
    evidence: status.evidence,
    meaning: 'It was deleted, with everything in it, or the configuration names another broker or vhost.',
    blocks: blocked,
    next: { byHand: null, command: 'esr-ops recover vhost' },
  });
}

function unpermitted(status: VhostStatus): Finding {
  return finding({
    code: 'vhost.unpermitted',
    place: 'vhost',
    severity: 'degraded',
    message: `This tool's user has no permission on the vhost ${status.vhost}.`,
    evidence: status.evidence,
    meaning: 'The vhost runs; messages can not be drained, restored or proved by this tool.',
    blocks: ['draining and restoring messages'],
    next: { byHand: null, command: 'esr-ops recover vhost' },
  });
}

function lostPermissions(
  has: readonly Permission[],
  good: Capture | null,
  fenced: readonly string[],
  cdcUser: string | null,
  since: Since | null,
): readonly Finding[] {
  const is = new Set(has.map(({ user }) => user));
  const out = fenced.filter((user) => !is.has(user));
  const lost = new Set<string>();
  if (good !== null) {
    const { topicPermissions } = good.snapshot;
    for (const { is: how, kind, name } of comparePermissions(good.snapshot, { permissions: has, topicPermissions }))
      if (kind === 'permission' && how !== 'extra') lost.add(name);
  }
  if (cdcUser !== null && !is.has(cdcUser)) lost.add(cdcUser);
  for (const user of out) lost.delete(user);
  return [
    ...(out.length === 0
      ? []
      : [
          finding({
            code: 'vhost.fenced',
            place: 'vhost',
            severity: 'broken',
            message: `A run of this tool fenced out ${out.join(', ')} and did not let them in again.`,
            figure: `${out.length} user${out.length === 1 ? '' : 's'} outside`,
            evidence: out.map((user) => `withdrawn by a run, and not given back: ${user}`),
            meaning: 'A recovery was cut off half-way: services are refused with 530 on purpose.',
            blocks: [`everything that ${out.join(', ')} do`],
            next: { byHand: null, command: 'esr-ops resume' },
          }),
        ]),
    ...[...lost].map((user) =>
      finding({
        code: user === cdcUser ? 'vhost.permission-lost-cdc' : 'vhost.permission-lost',
        place: 'vhost',
        severity: 'broken',
        message: `The user ${user} has no permission on the vhost any more, or another one than it had.`,
        since,
        evidence: [
          is.has(user)
            ? `its permission differs from that of the last good capture`
            : `GET /api/vhosts/.../permissions does not list ${user}`,
        ],
        meaning: 'The service that logs in as this user is refused with 530 "access refused"; everybody else goes on.',
        blocks: [user === cdcUser ? 'CDC: changes made in TIS reach nobody' : `the service that logs in as ${user}`],
        next: { byHand: null, command: 'esr-ops recover vhost' },
      }),
    ),
  ];
}

function noCapture(vhost: string): Finding {
  return finding({
    code: 'vhost.no-capture',
    place: 'vhost',
    severity: 'advice',
    message: `There is no good capture of the vhost ${vhost} on this host.`,
    meaning:
      'Nothing to compare permissions and consumers with, and nothing to recreate the vhost from when it is gone.',
    next: { byHand: null, command: 'esr-ops vhost capture --yes' },
  });
}

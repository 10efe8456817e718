import type { CdcTarget } from '../core/cdc-config.ts';
import type { CdcProcess } from '../core/cdc-ports.ts';
import type { Environment } from '../core/environment.ts';
import type { Finding, Since } from '../core/finding.ts';
import { mostLagMs } from '../core/maxwell-overview.ts';
import type { MaxwellStatus } from '../core/maxwell-status.ts';
import type { VhostConnection } from '../core/vhost.ts';
import type { Seen } from './limited.ts';
import { positionFindings } from './maxwell-position.ts';
import { finding, looked, notConfigured, unseen, type Probe } from './probe.ts';

/** CDC: its process, its position, where its configuration makes it publish and where it is connected. */
export const maxwellProbe: Probe = {
  place: 'maxwell',
  look: async ({ cdc, broker, environment }) => {
    if (cdc === null) return notConfigured('CDC', whyNot(environment));
    const [status, process, target, connections] = await Promise.all([
      cdc.status(),
      cdc.process(),
      cdc.target(),
      broker?.connections() ?? null,
    ]);
    const maxwell = status.is === 'seen' ? status.value : null;
    const to = target.is === 'seen' ? target.value : null;
    const findings = [
      ...[status, process, target].flatMap((seen) =>
        seen.is === 'unseen' ? [unseen('maxwell', seen.problem, 'A part of how CDC is cannot be known.')] : [],
      ),
      // What a person has to put right first comes first: started again as it is, it would do the wrong thing.
      ...(to === null ? [] : targetFindings(to, broker?.vhost ?? null, connections)),
      ...(maxwell === null ? [] : positionFindings(maxwell)),
      ...processFindings(process, maxwell),
    ];
    return looked(
      'Maxwell',
      { figure: figureOf(process, maxwell), figures: figuresOf(maxwell), since: sinceOf(maxwell, to, connections) },
      findings,
    );
  },
};

function whyNot({ cdc, mysql }: Environment): string {
  if (cdc === 'none') return 'cdc: none';
  return mysql === null ? 'no mysql section' : 'cdc: manual, so it is not seen from here';
}

function figureOf(process: Seen<CdcProcess>, maxwell: MaxwellStatus | null): string {
  const is = process.is === 'seen' ? process.value.is : 'not seen';
  if (maxwell === null) return is === 'unknown' ? 'process unknown' : is;
  const lag = maxwell.lagMs === null ? 'lag unknown' : `${seconds(maxwell.lagMs)} s behind`;
  return `${is === 'unknown' ? 'process unknown' : is}, ${maxwell.stored === null ? 'no position' : lag}`;
}

function figuresOf(maxwell: MaxwellStatus | null): Readonly<Record<string, number | null>> {
  return {
    lagMs: maxwell?.lagMs ?? null,
    lagBytes: maxwell?.lagBytes ?? null,
    heartbeatAgeMs: maxwell?.heartbeatAgeMs ?? null,
  };
}

/** Connected since; or, quiet, since its last heartbeat. */
function sinceOf(
  maxwell: MaxwellStatus | null,
  target: CdcTarget | null,
  connections: Seen<readonly VhostConnection[]> | null,
): Since | null {
  if (maxwell !== null && maxwell.looks === 'quiet') return lastHeartbeat(maxwell);
  const mine = connections?.is === 'seen' ? connections.value.filter(({ user }) => user === target?.user) : [];
  const [first] = mine.map(({ connectedAtMs }) => connectedAtMs).sort((a, b) => a - b);
  return first === undefined || first === 0 ? null : { ms: first, how: 'since' };
}

function lastHeartbeat(maxwell: MaxwellStatus): Since | null {
  return maxwell.heartbeat === null ? null : { ms: maxwell.heartbeat.heartbeat, how: 'since' };
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}

const blocked = ['changes made in TIS reach nobody: no notifications and applicant records for them'];

function processFindings(process: Seen<CdcProcess>, maxwell: MaxwellStatus | null): readonly Finding[] {
  const looks = maxwell?.looks ?? null;
  const age = seconds(maxwell?.heartbeatAgeMs ?? 0);
  const since = maxwell === null ? null : lastHeartbeat(maxwell);
  if (process.is === 'seen' && process.value.is === 'stopped')
    return [
      finding({
        code: 'maxwell.stopped',
        place: 'maxwell',
        severity: 'broken',
        message: 'The process of CDC is stopped.',
        figure: since === null ? '' : `last heartbeat ${age} s ago`,
        since,
        evidence: process.value.evidence,
        meaning:
          'Changes wait in the binary log and are sent when it is back, as long as the log is kept. What it had just sent may be lost: it publishes without confirms.',
        blocks: blocked,
        next: { byHand: null, command: 'esr-ops recover cdc' },
      }),
    ];
  const evidence = process.is === 'seen' ? process.value.evidence : [process.problem.message];
  if (looks === 'quiet' || looks === 'never-seen')
    return [
      finding({
        code: looks === 'quiet' ? 'maxwell.quiet' : 'maxwell.never-seen',
        place: 'maxwell',
        severity: 'broken',
        message:
          looks === 'quiet'
            ? `CDC writes no heartbeats: the last one is ${age} s old, and one is due every 10 s.`
            : 'No heartbeat of CDC was ever written on this server.',
        figure: looks === 'quiet' ? `last heartbeat ${age} s ago` : 'no heartbeat',
        since: looks === 'quiet' ? since : null,
        evidence,
        meaning:
          looks === 'quiet'
            ? 'It hangs, or is gone although nobody says so: it captures nothing.'
            : 'It has never run against this database, or runs with another client id.',
        blocks: blocked,
        confidence: 'likely',
        next: { byHand: null, command: looks === 'quiet' ? 'esr-ops cdc restart' : 'esr-ops maxwell status' },
      }),
    ];
  const lag = maxwell?.lagMs ?? 0;
  return lag <= mostLagMs
    ? []
    : [
        finding({
          code: 'maxwell.lagging',
          place: 'maxwell',
          severity: 'degraded',
          message: `CDC is ${seconds(lag)} s behind.`,
          figure: `${seconds(lag)} s behind`,
          evidence: [`last heartbeat that it read back from the log: ${seconds(lag)} s old`],
          meaning: 'It works through what has gathered, or can not get on: look again in a minute.',
          blocks: ['changes of the last minutes are still on their way'],
          next: { byHand: null, command: 'esr-ops maxwell status' },
        }),
      ];
}

function targetFindings(
  target: CdcTarget,
  vhost: string | null,
  connections: Seen<readonly VhostConnection[]> | null,
): readonly Finding[] {
  if (vhost === null) return [];
  const wrong = target.vhost !== vhost;
  const mine = connections?.is === 'seen' ? connections.value.filter(({ user }) => user === target.user) : null;
  const elsewhere = [...new Set((mine ?? []).filter((one) => one.vhost !== vhost).map((one) => one.vhost))];
  const seenAt =
    mine === null ? [] : [`connections of ${target.user}: ${mine.map((one) => one.vhost).join(', ') || 'none'}`];
  if (wrong || elsewhere.length > 0)
    return [
      finding({
        code: 'maxwell.wrong-vhost',
        place: 'maxwell',
        severity: 'broken',
        message: wrong
          ? `CDC's configuration makes it publish into vhost ${JSON.stringify(target.vhost)}, not ${JSON.stringify(vhost)}.`
          : `CDC is connected to vhost ${elsewhere.join(', ')}, although its configuration names ${vhost}.`,
        figure: `publishes into ${wrong ? target.vhost : elsewhere.join(', ')}`,
        evidence: [`rabbitmq_virtual_host = ${target.vhost}`, ...seenAt],
        meaning:
          'Its messages land where nobody of the interface listens, and its position moves past them: they must be sent again.',
        blocks: blocked,
        next: replayNext(
          wrong,
          (mine ?? []).filter((one) => one.vhost !== vhost),
        ),
      }),
    ];
  if (mine === null || mine.some((one) => one.vhost === vhost)) return [];
  return [
    finding({
      code: 'maxwell.not-connected',
      place: 'maxwell',
      severity: 'broken',
      message: `CDC's user ${target.user} has no connection to vhost ${vhost}.`,
      figure: 'no connection',
      evidence: seenAt,
      meaning: 'Whatever it reads from the database reaches no queue.',
      blocks: blocked,
      confidence: 'likely',
      next: { byHand: null, command: 'esr-ops cdc restart' },
    }),
  ];
}

/** Back into the right vhost, with a replay from when its oldest connection elsewhere was opened. */
function replayNext(wrong: boolean, elsewhere: readonly VhostConnection[]): Finding['next'] {
  const opened = elsewhere.map(({ connectedAtMs }) => connectedAtMs).filter((ms) => ms > 0);
  // Clocks of broker and database may differ a little: some seconds more come twice, one less is missing.
  const from = opened.length === 0 ? null : new Date(Math.min(...opened) - 15_000).toISOString();
  return {
    byHand:
      from === null
        ? 'Find out when it began to publish there: TIME.'
        : 'If it published there before its connection was opened, take that earlier time.',
    command: `esr-ops ${wrong ? 'recover cdc --since' : 'maxwell reset --to'} ${from ?? 'TIME'}`,
  };
}

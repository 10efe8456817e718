import { compareBinlogPositions, positionText, type BinlogPosition } from '../core/binlog-position.ts';
import type { MaxwellReset } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import type { Applied, Verified } from '../core/run.ts';
import { cdcOf, noCdc, quietMs } from './cdc-stop.ts';
import type { Seen, World } from './world.ts';

/** Once more stopped and quiet, then compared and set: a Maxwell that came back meanwhile makes it lose. */
export async function apply(change: MaxwellReset, world: World): Promise<Applied> {
  if (world.writers.cdc === null) throw noCdc();
  const cdc = cdcOf(world);
  const process = await cdc.process.status();
  const sample = await cdc.maxwell.sample(quietMs);
  if (process.is !== 'stopped' || sample.moved) {
    const why = process.is === 'unknown' && !sample.moved ? 'It is not known that Maxwell stopped' : 'Maxwell runs';
    throw refused(`${why}: it would write its own position over this one.`, [
      ...process.evidence,
      ...(sample.moved ? ['its heartbeat moves'] : []),
    ]);
  }
  const done = await world.writers.cdc.positions.compareAndSet(change.was, change.to, change);
  if (!done) throw rowChanged((await cdc.maxwell.status()).stored?.position ?? null, change, world);
  return {
    evidence: [`set to ${positionText(change.to)}, heartbeat ${change.to.heartbeat}`],
    output: { was: change.was === null ? 'nothing' : wasText(change) },
  };
}

export async function verify(change: MaxwellReset, seen: Seen): Promise<Verified> {
  const { stored } = await cdcOf(seen).maxwell.status();
  const now = stored?.position ?? null;
  const nowText = now === null ? 'nothing' : positionText(now);
  if (
    now !== null &&
    compareBinlogPositions(now, change.to) === 0 &&
    stored?.lastHeartbeatRead === change.to.heartbeat
  ) {
    return {
      verdict: 'applied',
      evidence: [`the stored position reads ${nowText}, heartbeat ${change.to.heartbeat}; it was ${wasText(change)}`],
      output: {},
    };
  }
  const was = change.was?.position ?? null;
  const untouched = now === null ? was === null : was !== null && compareBinlogPositions(now, was) === 0;
  return {
    verdict: untouched ? 'not-applied' : 'unknown',
    evidence: [`the stored position reads ${nowText}`],
    output: {},
  };
}

function wasText(change: MaxwellReset): string {
  const position = change.was?.position ?? null;
  return position === null
    ? 'nothing'
    : `${positionText(position)}, heartbeat ${change.was?.lastHeartbeatRead ?? 'none'}`;
}

/**
 * The row is another one now, so this change can never be made as it was agreed to: only a new plan can. CDC is not
 * started here, because nobody has agreed to what it would do from there.
 */
function rowChanged(now: BinlogPosition | null, change: MaxwellReset, { run, environment }: World): Fault {
  const was = change.was?.position ?? null;
  return new Fault({
    code: 'maxwell.row-changed',
    message: `The stored position is no longer ${was === null ? 'missing' : positionText(was)}, as it was when this was planned: a Maxwell came back, or somebody else was here; it reads ${now === null ? 'nothing' : positionText(now)}. Nothing was changed by this step, and CDC was stopped by an earlier one.`,
    exit: 'blocked',
    next: [
      // Resuming could only meet the same again.
      `esr-ops runs ack ${run} --env ${environment.name} --reason "..."`,
      `esr-ops cdc restart --env ${environment.name}   (starts it from the position that is stored now)`,
      `esr-ops maxwell reset --env ${environment.name} ...   (instead: plans and counts again from there)`,
    ],
    details: { sent: false, resumable: false },
  });
}

function refused(message: string, evidence: readonly string[]): Fault {
  return new Fault({
    code: 'maxwell.not-quiet',
    message: `${message} Nothing was changed.`,
    exit: 'blocked',
    details: { sent: false, evidence },
  });
}

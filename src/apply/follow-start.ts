import type { Component } from '../core/component.ts';
import { Fault, isUnreachable } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import { newLines } from '../core/new-lines.ts';
import type { Applied, Verified } from '../core/run.ts';
import { orUnreached, until, type Seen } from './world.ts';

/** Lines of a log that are looked through, and how many of them an excerpt shows. */
const logLines = 500;
const excerptLines = 8;

/** How a start came out, or how far it is. */
export interface StartLook {
  /** `up`: it runs and its health check does not say that it works, yet. */
  readonly is: 'works' | 'up' | 'failed' | 'ended' | 'gone';
  readonly evidence: readonly string[];
  /** Why it is not proved that it works; null when it is. */
  readonly unproved: string | null;
  readonly start: string | null;
}

/**
 * Its log before a start, where the log itself does not tell one start from the next. Null: what comes can't be told
 * from what is there, because it runs already (to start it starts nothing), or its log can't be read now.
 */
export async function logBefore(component: Component, seen: Seen): Promise<readonly string[] | null> {
  if (component.control.kind !== 'commands') return [];
  const { components } = seen.readers;
  if ((await components.process(component)).is === 'running') return null;
  return await components.log(component, logLines).catch(() => null);
}

/** Follows a start that was just ordered. That it can't be seen any more does not take the order back. */
export async function followOrdered(
  component: Component,
  before: readonly string[] | null,
  seen: Seen,
): Promise<StartLook> {
  try {
    return await followStart(component, before, seen);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    const [problem] = (error as Fault).problems;
    throw new Fault({
      ...problem,
      code: 'component.out-of-sight',
      message: `${component.name} was told to start, and how that went can't be seen: ${problem.message}`,
      details: { sent: true },
    });
  }
}

/** Follows a start until the log says that it failed, or that it started and the health check agrees, or to the limit. */
async function followStart(component: Component, before: readonly string[] | null, seen: Seen): Promise<StartLook> {
  const look = (): Promise<StartLook> => lookAt(component, before ?? [], seen);
  const over = await until(
    seen,
    `waiting for ${component.name}`,
    component.startLimitMs,
    () => orUnreached(look),
    // That one failed may have been said of the start before, until something else is said.
    (now) => now !== null && now.is !== 'up' && (before !== null || now.is !== 'failed'),
  );
  return over ?? (await look());
}

async function lookAt(component: Component, before: readonly string[], seen: Seen): Promise<StartLook> {
  const { components } = seen.readers;
  const process = await components.process(component);
  const log = newLines(before, await components.log(component, logLines).catch(() => []));
  const lastOf = (patterns: readonly string[]): number =>
    log.findLastIndex((one) => patterns.some((pattern) => new RegExp(pattern, 'u').test(one)));
  const startedAt = lastOf(component.log.started);
  // Of a log that several starts share the last word counts.
  const failed = lastOf(component.log.failed) > startedAt;
  const { start } = process;
  const tail = log.slice(-excerptLines).map((one) => `log: ${one}`);
  if (process.is === 'gone' || process.is === 'stuck')
    return { is: 'gone', evidence: [process.evidence], unproved: null, start };
  if (failed) return { is: 'failed', evidence: [process.evidence, ...tail], unproved: null, start };
  if (process.is === 'stopped') return { is: 'ended', evidence: [process.evidence, ...tail], unproved: null, start };
  const started = log[startedAt];
  const health = await components.health(component);
  const said = started === undefined ? [] : [`its log: ${started}`];
  const evidence = [process.evidence, ...said, health.evidence];
  const saysStarted = started !== undefined || component.log.started.length === 0;
  if (process.is !== 'running' || !saysStarted || health.is === 'unhealthy')
    return { is: 'up', evidence: [...evidence, ...(saysStarted ? [] : tail)], unproved: null, start };
  const unproved = health.is === 'healthy' ? null : `nothing proves that ${component.name} works: ${health.evidence}`;
  return { is: 'works', evidence, unproved, start };
}

/** What a start left behind. A Fault that says how it failed, with the end of its log and what to do next. */
export function appliedStart(component: Component, evidence: readonly string[], look: StartLook): Applied {
  if (look.is === 'works') {
    const unproved = look.unproved === null ? {} : { unverified: look.unproved };
    return { evidence: [...evidence, ...look.evidence], output: { start: look.start, ...unproved } };
  }
  const { name, startLimitMs } = component;
  const what = {
    up: `${name} did not say within ${Math.round(startLimitMs / 1000)} s that it started, or its check does not agree`,
    failed: `${name} runs, and its application failed to start`,
    ended: `${name} was started and ended`,
    gone: `${name} was started and is gone`,
  }[look.is];
  throw new Fault({
    code: {
      up: 'component.not-started',
      failed: 'component.startup-failed',
      ended: 'component.ended',
      gone: 'component.gone',
    }[look.is],
    message: `${what}: ${look.evidence.join('; ')}.`,
    where: name,
    next: [
      ...component.dependsOn.map((needed) => `esr-ops explain ${needed}`),
      `correct what its log says, then: esr-ops esr restart ${name}`,
    ],
    details: { sent: false, evidence: look.evidence },
    exit: 'failed',
  });
}

/** Whether a start is there now. Without its output it is followed to its end first. */
export async function verifiedStart(
  component: Component,
  before: string | null,
  seen: Seen,
  output: JsonObject | null,
): Promise<Verified> {
  const now = await lookAt(component, [], seen);
  const same = before !== null && now.start === before;
  if (same || now.is === 'gone' || now.is === 'ended')
    return { verdict: 'not-applied', evidence: now.evidence, output: {} };
  const shared = component.control.kind === 'commands';
  const look = output === null ? await followStart(component, shared ? null : [], seen) : now;
  const proved = look.unproved === null ? {} : { unverified: look.unproved };
  return {
    verdict: look.is === 'works' ? 'applied' : look.is === 'up' ? 'unknown' : 'not-applied',
    evidence: look.evidence,
    output: { start: look.start, ...proved },
  };
}

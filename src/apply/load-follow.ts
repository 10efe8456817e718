import { deadlineOf, runForDate } from '../core/deadline.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { LoadFollow } from '../core/load-changes.ts';
import { standingOf } from '../core/load-standing.ts';
import type { LoadJob, LoadJobState } from '../core/ports-loads.ts';
import type { Applied, Verified } from '../core/run.ts';
import { spanWords } from '../core/span-words.ts';
import { componentGrace } from './load-grace.ts';
import { jobOf } from './load-job.ts';
import type { Seen, World } from './world.ts';

/** Ms between two looks. */
const everyMs = 1_000;

/** Ms for which its host or engine may not be reached, one look after the other, until it is given up from here. */
const unseenLimitMs = 60_000;

/** Follows the run to its end. The run goes on by itself whatever becomes of this program. */
export async function apply(change: LoadFollow, world: World): Promise<Applied> {
  const job = jobOf(change, world.environment);
  const { clock, loads } = world.readers;
  const sinceMs = clock.now();
  const log = createLogReader(job, world);
  let unseenSinceMs: number | null = null;
  const pause = async (): Promise<void> => {
    await clock.sleep(everyMs, world.signal).catch((error: unknown) => {
      if (!world.signal.aborted) throw error;
    });
  };
  for (;;) {
    let state: LoadJobState;
    try {
      state = await loads.jobs.state(job);
      await log.read();
      unseenSinceMs = null;
    } catch (error) {
      // A connection that breaks ends the look, and not the run: its own host keeps that.
      if (!(error instanceof Fault) || error.problems[0].exit !== 'unreachable') throw error;
      unseenSinceMs ??= clock.now();
      if (world.signal.aborted || clock.now() - unseenSinceMs > unseenLimitMs) throw outOfSight(job, error);
      await pause();
      continue;
    }
    if (state.is === 'ended') {
      await log.readAll();
      return await conclude(job, state, log.seen, world);
    }
    if (state.is !== 'running') throw lost(job);
    if (world.signal.aborted) await interrupted(job, state.id, world);
    const ranMs = clock.now() - (state.sinceMs ?? sinceMs);
    if (ranMs > job.load.limitMs) throw stuck(job, ranMs);
    world.progress({
      label: `${job.load.name} for ${job.date}${deadlineWords(job, world)}`,
      done: Math.max(0, Math.round(ranMs / 1000)),
      total: Math.round(job.load.usualMs / 1000),
      unit: 's',
      sinceMs: state.sinceMs ?? sinceMs,
    });
    await pause();
  }
}

/** Its end alone says nothing: the log has to be read for what failed, and only who followed it has done that. */
export async function verify(change: LoadFollow, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const state = await seen.readers.loads.jobs.state(jobOf(change, seen.environment));
  if (output !== null && state.is === 'ended' && state.exitCode === 0)
    return { verdict: 'applied', evidence: [`${state.where} has ended with exit code 0`], output: {} };
  const how = state.is === 'none' ? 'it is not there' : `${state.where}: ${state.is}`;
  return { verdict: 'not-applied', evidence: [how], output: {} };
}

function createLogReader(job: LoadJob, world: World) {
  const { jobs } = world.readers.loads;
  const patterns = job.load.log;
  const seen = { failed: [] as string[], succeeded: false };
  const failed = patterns.failed.map((source) => new RegExp(source, 'u'));
  const succeeded = patterns.succeeded.map((source) => new RegExp(source, 'u'));
  let after: string | null = null;
  const read = async (): Promise<number> => {
    const { lines, next } = await jobs.log(job, after);
    after = next;
    for (const line of lines) {
      if (failed.some((pattern) => pattern.test(line))) seen.failed.push(line);
      if (succeeded.some((pattern) => pattern.test(line))) seen.succeeded = true;
    }
    if (lines.length > 0)
      world.host.say({ code: 'load.logged', payload: { loadType: job.load.name, date: job.date, lines } });
    return lines.length;
  };
  return {
    seen,
    read,
    readAll: async () => {
      while ((await read()) > 0);
    },
  };
}

async function conclude(
  job: LoadJob,
  state: Extract<LoadJobState, { is: 'ended' }>,
  log: { readonly failed: readonly string[]; readonly succeeded: boolean },
  world: World,
): Promise<Applied> {
  const wrong = [
    ...(state.exitCode === 0
      ? []
      : [state.exitCode === null ? `${state.where} is gone` : `it ended with exit code ${state.exitCode}`]),
    ...log.failed.slice(0, 3).map((line) => `its log says: ${line}`),
    ...(job.load.log.succeeded.length > 0 && !log.succeeded ? ['its log does not say that it succeeded'] : []),
  ];
  if (wrong.length === 0) return { evidence: [`${state.where} has ended with exit code 0`], output: {} };
  throw new Fault({
    code: 'load.failed',
    message: `${job.load.name} for ${job.date} failed: ${wrong.join('; ')}. ${await leftWords(job, world)}`,
    where: state.where,
    exit: 'failed',
    next: wayOn(job, world),
    // It has ended: to follow it once more finds the same end, and only a new run starts it again.
    details: { sent: false, resumable: false },
  });
}

/** How far back `recover etl` looks by itself, ms, less what a person takes to type it. */
const lookedBackMs = 23 * 3_600_000;

/** What made it fail comes before another try; what the schedule had is run again for what is missing alone. */
function wayOn({ load, date }: LoadJob, { run, environment, readers }: World): readonly string[] {
  const atMs = load.example ? null : runForDate(load, date, environment.timezone);
  const since =
    atMs === null || readers.clock.now() - atMs < lookedBackMs ? '' : ` --since ${new Date(atMs).toISOString()}`;
  return [
    `esr-ops runs ack ${run} --env ${environment.name} --reason "..."`,
    `esr-ops diagnose   (what made it fail is put right first)`,
    atMs === null || atMs > readers.clock.now()
      ? `esr-ops etl run --load-type ${load.name} --date ${date}`
      : `esr-ops recover etl${since}`,
  ];
}

/** What is there now: a run that failed may have written a part. */
async function leftWords({ load, date }: LoadJob, { readers, environment }: World): Promise<string> {
  const { localOffices } = environment;
  const standing = standingOf(load, await readers.loads.found({ load, date }, localOffices), localOffices);
  const clear =
    standing.is === 'partial' && load.rerun.clear !== null ? ` Before it runs again: ${load.rerun.clear}` : '';
  return `Of what it writes there is now ${standing.is === 'none' ? 'nothing' : `(${standing.is}) ${standing.words.join('; ')}`}.${clear}`;
}

/** Ctrl-C: asks what becomes of the run. It is left alone unless somebody says otherwise. */
async function interrupted(job: LoadJob, id: string, world: World): Promise<never> {
  const run = `${job.load.name} for ${job.date}`;
  if (world.host.canAsk) {
    world.progress(null);
    const answer = await world.host.ask({
      kind: 'choose',
      code: 'load.interrupted',
      text: `${run} is running. What becomes of it?`,
      options: [
        { value: 'leave', label: 'leave it running: esr-ops resume follows it again' },
        { value: 'stop', label: 'stop it: what it wrote until then stays' },
      ],
    });
    if (answer.kind === 'text' && answer.text === 'stop') {
      await world.writers.loads.stop(job, id, componentGrace(job, world.environment));
      throw ended(`${run} was stopped, as you said. ${await leftWords(job, world)}`);
    }
  }
  throw ended(`${run} was left running; nothing was stopped.`);
}

function ended(message: string): Fault {
  return new Fault({ code: 'load.interrupted', message, exit: 'interrupted', details: { sent: false } });
}

/** It may be going on all the same, and how it ends is to be seen when its host can be reached again. */
function outOfSight(job: LoadJob, why: Fault): Fault {
  return new Fault({
    code: 'load.out-of-sight',
    message: `${job.load.name} for ${job.date} can't be seen any more: ${why.problems[0].message} Where it runs it goes on; nothing was stopped.`,
    ...(why.problems[0].where === undefined ? {} : { where: why.problems[0].where }),
    exit: 'unreachable',
    next: why.problems[0].next ?? [],
    details: { sent: true },
  });
}

function stuck(job: LoadJob, ranMs: number): Fault {
  return new Fault({
    code: 'load.stuck',
    message: `${job.load.name} for ${job.date} runs for ${spanWords(ranMs)} now, and usually takes ${spanWords(job.load.usualMs)}. It was left running.`,
    exit: 'failed',
    next: ['esr-ops diagnose', 'esr-ops etl status'],
    details: { sent: false },
  });
}

function lost(job: LoadJob): Fault {
  return new Fault({
    code: 'load.lost',
    message: `The run of ${job.load.name} for ${job.date} is not there any more, and how it ended is not known.`,
    exit: 'unknown',
    next: ['esr-ops etl status'],
    details: { sent: true },
  });
}

function deadlineWords({ load, date }: LoadJob, { environment, readers }: World): string {
  const deadline = deadlineOf(load, date, environment);
  if (deadline === null) return '';
  const left = deadline.atMs - readers.clock.now();
  const what = deadline.feeds ?? 'its closing time';
  return left > 0 ? `, ${spanWords(left)} until ${what}` : `, ${spanWords(left)} after ${what}`;
}

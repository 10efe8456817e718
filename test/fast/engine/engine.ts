import { nothing, type Action, type ActionContext, type Decision } from '../../../src/core/action.ts';
import { consentFor } from '../../../src/core/change-consent.ts';
import type { Change } from '../../../src/core/change.ts';
import type { Deciding } from '../../../src/core/deciding.ts';
import { execute } from '../../../src/core/executor.ts';
import type { Fact, FactType } from '../../../src/core/facts.ts';
import { fold, advance } from '../../../src/core/fold.ts';
import type { Answer, Host, Question } from '../../../src/core/host.ts';
import type { JournalEntry, JournalRecord, JournalSink } from '../../../src/core/journal.ts';
import type { Json } from '../../../src/core/json.ts';
import type { Message } from '../../../src/core/messages.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { makePlan } from '../../../src/core/planner.ts';
import { openRun, type Applier, type RunEnd, type RunSetting } from '../../../src/core/run.ts';
import type { Condition, Runbook, RunbookStep } from '../../../src/core/runbook.ts';
import { evaluate } from '../../../src/runbook/condition.ts';
import { readCondition } from '../../../src/runbook/condition-source.ts';
import { resolveReferences } from '../../../src/runbook/resolve.ts';
import * as z from 'zod';

/*
 * Doubles for everything around the engine: clock, readers, applier, journal and host. The engine itself, conditions
 * and references are the real ones.
 */

/** Double of the world: vhosts that exist, users that may enter, and what was done to it. */
export interface SimulatedWorld {
  readonly vhosts: Set<string>;
  readonly users: Set<string>;
  /** Facts that override what the world says; `unknown` where there is no value. */
  readonly facts: Map<string, Fact>;
  readonly effects: Change[];
  now: number;
}

export function simulatedWorld(over: Partial<SimulatedWorld> = {}): SimulatedWorld {
  return {
    vhosts: new Set(['v1', 'v2']),
    users: new Set(['u1', 'u2']),
    facts: new Map(),
    effects: [],
    now: 0,
    ...over,
  };
}

const types: Readonly<Record<string, FactType>> = {
  'vhost.v1': 'string',
  'vhost.v2': 'string',
  'user.u1': 'bool',
  'user.u2': 'bool',
  'other.flag': 'bool',
  'other.count': 'int',
};

/** A condition over the simulated facts. */
export function condition(source: string): Condition {
  const names = Object.entries(types).map(
    ([name, type]) => [name, { from: 'fact' as const, type, mayBeUnset: false }] as const,
  );
  const reading = readCondition(source, { names: new Map(names), steps: new Map() });
  if ('faults' in reading) throw new Error(reading.faults.map((fault) => fault.message).join('; '));
  return { source, where: 'test:1:1', facts: reading.facts, ast: reading.ast };
}

function factOf(world: SimulatedWorld, name: string): Fact {
  const given = world.facts.get(name);
  if (given !== undefined) return given;
  const [area, which = ''] = name.split('.');
  if (area === 'vhost') return { known: true, value: world.vhosts.has(which) ? 'running' : 'absent' };
  if (area === 'user') return { known: true, value: world.users.has(which) };
  return { known: false, why: 'nobody has looked' };
}

const capture = { from: 'id', id: 'cap-1' } as const;
const permission = (user: string) => ({ user, configure: '', write: '', read: '' });

const decisions: Readonly<Record<string, (target: string, world: SimulatedWorld) => readonly Change[]>> = {
  shut: (user, world) =>
    world.users.has(user) ? [{ kind: 'permission.withdraw', vhost: 'v1', was: permission(user) }] : [],
  admit: (user, world) =>
    world.users.has(user) ? [] : [{ kind: 'permission.grant', vhost: 'v1', permission: permission(user), topics: [] }],
  remake: (vhost, world) => [
    ...(world.vhosts.has(vhost) ? [{ kind: 'vhost.delete' as const, vhost, capture }] : []),
    { kind: 'vhost.create', vhost, capture },
  ],
  remove: (vhost, world) => (world.vhosts.has(vhost) ? [{ kind: 'vhost.delete', vhost, capture }] : []),
};

export interface EngineOptions {
  readonly world?: SimulatedWorld;
  readonly canAsk?: boolean;
  readonly answer?: (question: Question) => Answer;
  readonly given?: Partial<RunSetting['given']>;
  readonly settles?: Action['settles'];
  readonly blocked?: (step: string, context: ActionContext) => boolean;
  /** Wraps the double of src/apply. */
  readonly applier?: (double: Applier) => Applier;
  readonly beforeAppend?: (entry: JournalEntry) => void;
  readonly afterAppend?: (entry: JournalEntry) => void;
  readonly lockLost?: () => Promise<string | null>;
  readonly stop?: AbortController;
}

/** An engine around one simulated world. */
export function engine(options: EngineOptions = {}) {
  const world = options.world ?? simulatedWorld();
  const records: JournalRecord[] = [];
  const said: Message[] = [];
  const asked: Question[] = [];
  const stop = options.stop ?? new AbortController();
  const actionOf = (verb: string): Action<{ target: string }> => ({
    verb,
    help: verb,
    args: { target: 'string' },
    affects: [verb === 'shut' || verb === 'admit' ? 'user.' : 'vhost.'],
    reads: [verb === 'shut' || verb === 'admit' ? 'user.' : 'vhost.'],
    settles: options.settles ?? 'plan',
    outputs: { made: 'bool' },
    schema: z.object({ target: z.string() }),
    plan: ({ target }, context): Promise<Decision> => {
      if (options.blocked?.(target, context) === true) {
        const blocker = { code: 'sim.blocked', message: `${target} is in the way.`, items: [target], remedies: [] };
        return Promise.resolve({ ...nothing, blockers: [blocker] });
      }
      return Promise.resolve({ ...nothing, changes: decisions[verb]?.(target, world) ?? [] });
    },
  });
  const deciding = {
    environment: { name: 'sim', protected: false },
    readers: {
      rabbit: { identity: 'sim://' },
      clock: {
        now: () => world.now,
        sleep: (ms: number, signal?: AbortSignal) => {
          if (signal?.aborted === true) return Promise.reject(new Error('aborted'));
          world.now += ms;
          return Promise.resolve();
        },
      },
    },
    evaluate,
    resolve: resolveReferences,
    action: actionOf,
    readFacts: (names: readonly string[]) =>
      Promise.resolve(Object.fromEntries(names.map((name) => [name, factOf(world, name)]))),
    environmentValue: (): Json => null,
    decides: () => true,
  } as unknown as Deciding;
  const double = simulatedApplier(world);
  const applier = options.applier?.(double) ?? double;
  const host: Host = {
    kind: 'plain',
    canAsk: options.canAsk ?? false,
    say: (message) => said.push(message),
    result: (message) => said.push(message),
    progress: () => undefined,
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(options.answer?.(question) ?? { kind: 'closed' });
    },
    close: () => Promise.resolve(),
  };
  const sink: JournalSink = {
    run: 'run-1',
    path: 'journal',
    append: (entry) => {
      options.beforeAppend?.(entry);
      const record = { seq: records.length, at: new Date(world.now).toISOString(), entry, prev: '', hash: '' };
      records.push(record);
      options.afterAppend?.(entry);
      return Promise.resolve(record);
    },
    close: () => Promise.resolve(),
  };
  const setting = (runbook: Runbook, given: RunSetting['given']): RunSetting => ({
    runbook,
    deciding,
    applier,
    sink,
    host,
    given,
    lockLost: options.lockLost ?? (() => Promise.resolve(null)),
    stop: { requested: () => stop.signal.aborted, signal: stop.signal },
  });
  const givenFor = (plan: Plan): RunSetting['given'] => ({
    yes: true,
    confirm: plan.steps.flatMap((step) => step.changes.map(consentFor).flatMap((need) => (need ? [need.token] : []))),
    did: {},
    ...options.given,
  });
  const operator = { user: 'someone', host: 'here', pid: 1 };
  return {
    world,
    records,
    said,
    asked,
    stop,
    plan: (runbook: Runbook) => makePlan({ runbook, inputs: {}, version: '1', signal: stop.signal }, deciding),
    start: async (runbook: Runbook, plan: Plan): Promise<RunEnd> => {
      const given = givenFor(plan);
      const first = await sink.append({
        type: 'run.started',
        format: 1,
        run: 'run-1',
        plan,
        operator,
        reason: null,
        given,
        fleetLock: 'not-configured',
      });
      return await execute(openRun(setting(runbook, given), fold([first])));
    },
    resume: async (runbook: Runbook): Promise<RunEnd> => {
      const known = fold(records);
      const given = givenFor(known.started.plan);
      const record = await sink.append({ type: 'run.resumed', operator, given });
      return await execute(openRun(setting(runbook, given), advance(known, record)));
    },
  };
}

/** Double of src/apply: changes the simulated world and looks at it. */
function simulatedApplier(world: SimulatedWorld): Applier {
  return {
    apply: (change) => {
      world.effects.push(change);
      if (change.kind === 'permission.withdraw') world.users.delete(change.was.user);
      if (change.kind === 'permission.grant') world.users.add(change.permission.user);
      if (change.kind === 'vhost.delete') world.vhosts.delete(change.vhost);
      if (change.kind === 'vhost.create') world.vhosts.add(change.vhost);
      return Promise.resolve({ evidence: ['done'], output: { made: true } });
    },
    verify: (change) => {
      const there =
        change.kind === 'permission.withdraw'
          ? !world.users.has(change.was.user)
          : change.kind === 'permission.grant'
            ? world.users.has(change.permission.user)
            : change.kind === 'vhost.delete'
              ? !world.vhosts.has(change.vhost)
              : change.kind === 'vhost.create' && world.vhosts.has(change.vhost);
      return Promise.resolve({
        verdict: there ? 'applied' : 'not-applied',
        evidence: ['looked'],
        output: there ? { made: true } : {},
      });
    },
  };
}

const common = { title: 'a step', when: null, prose: '' };

/** A step that does something to a target: shut, admit (users), remake, remove (vhosts). */
export function doing(id: string, verb: string, target: string, when: Condition | null = null): RunbookStep {
  const risk = verb === 'remake' || verb === 'remove' ? 'destructive' : 'disruptive';
  return { ...common, kind: 'do', id, verb, risk, with: { target }, when };
}

export function checking(id: string, that: string, unmet: 'stop' | 'unverified' = 'stop'): RunbookStep {
  return { ...common, kind: 'check', id, that: condition(that), otherwise: `${id} does not hold`, unmet };
}

export function waitingFor(id: string, that: string, unmet: 'stop' | 'unverified' = 'stop'): RunbookStep {
  return { ...checking(id, that, unmet), kind: 'wait', everyMs: 1000, atMostMs: 5000 } as RunbookStep;
}

export function byHand(id: string): RunbookStep {
  return { ...common, kind: 'manual', id, risk: 'routine', ask: 'what you saw' };
}

export function runbook(steps: readonly RunbookStep[], over: Partial<Runbook> = {}): Runbook {
  return {
    command: 'simulate',
    summary: '',
    examples: [],
    inputs: [],
    target: 'vhost:v1',
    needed: null,
    before: [],
    steps,
    intro: '',
    file: 'simulate.md',
    digest: 'd',
    ...over,
  };
}

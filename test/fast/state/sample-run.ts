import { planDigest, planSeal, type Plan, type PlannedStep } from '../../../src/core/plan.ts';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { Clock } from '../../../src/core/ports.ts';

/** A clock that stands where it is put. */
export function clockAt(iso: string): Clock & { to(iso: string): void } {
  let now = Date.parse(iso);
  return {
    now: () => now,
    sleep: () => Promise.resolve(),
    to: (later) => {
      now = Date.parse(later);
    },
  };
}

const step: PlannedStep = {
  id: 'restart',
  title: 'Start the vhost',
  kind: 'do',
  risk: 'disruptive',
  decision: { is: 'run', why: 'it is down' },
  settled: true,
  verb: 'vhost.restart',
  args: { vhost: 'esr' },
  changes: [{ kind: 'vhost.start', vhost: 'esr', nodes: ['rabbit@a'] }],
  unchanged: ['permissions'],
  unknown: [],
  notes: ['Zurück: nichts nötig'],
  consent: [{ token: 'restart:esr', typed: 'esr', effect: 'the vhost starts' }],
  blockers: [],
  that: null,
};

/** A plan with one step. */
export function samplePlan(id = 'plan-1'): Plan {
  const plan = {
    format: 1,
    id,
    createdAt: '2026-03-22T06:25:00.000Z',
    tool: { name: 'esr-ops', version: '0.1.0' },
    environment: { name: 'lab', protected: false, identity: 'http://127.0.0.1:1' },
    command: 'vhost restart',
    runbook: { digest: 'abc', file: 'vhost-restart.md' },
    inputs: { vhost: 'esr' },
    target: 'vhost:esr',
    facts: { 'vhost.state': 'down' },
    nothingToDo: null,
    steps: [step],
  } as const satisfies Omit<Plan, 'digest' | 'seal'>;
  const sealed = { ...plan, digest: planDigest(plan) };
  return { ...sealed, seal: planSeal(sealed) };
}

/** The entries of a run that did its one change, one of nearly every type. */
export function sampleEntries(run: string): readonly [JournalEntry, ...JournalEntry[]] {
  const operator = { user: 'ann', host: 'ops1', pid: 7 };
  return [
    {
      type: 'run.started',
      format: 1,
      run,
      plan: samplePlan(),
      operator,
      reason: null,
      given: { yes: true, confirm: [], did: {} },
      fleetLock: 'held',
    },
    { type: 'step.approved', step: 'restart', changes: step.changes, how: 'yes', tokens: [] },
    { type: 'change.intended', step: 'restart', index: 0, change: step.changes[0]! },
    { type: 'change.applied', step: 'restart', index: 0, evidence: ['running'], output: { state: 'running' } },
    { type: 'step.checked', step: 'restart', met: true, facts: { 'vhost.state': 'running' }, attempts: 2 },
    { type: 'step.finished', step: 'restart', outcome: 'verified' },
    { type: 'run.ended', exit: 'done', summary: 'Vhost läuft', problems: [] },
  ];
}

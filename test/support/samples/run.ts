import type { Messages } from '../../../src/core/messages.ts';
import { changesWith } from '../sample-changes.ts';
import { samplePlan, sampleStep } from '../sample-plan.ts';
import { sampleProblem } from './problem.ts';
import type { Samples } from './samples.ts';

/** Messages of a run: its plan, its steps, its changes and its end. */
export function runSamples(name: string) {
  const problem = sampleProblem(name);
  const plan = samplePlan(name);
  const changes = Object.values(changesWith(name));
  const [change] = changes as [(typeof changes)[number]];
  const step = sampleStep({ id: 'recreate', title: `Recreate ${name}`, risk: 'destructive' });
  return {
    'plan.shown': [{ plan }, { plan: samplePlan(name, { nothingToDo: `${name} runs` }) }, { plan: planOfAll(name) }],
    'dry-run.ended': [{ plan, tokens: [`recreate:${name}`], manual: [name], command: ['esr-ops', 'recover', name] }],
    'plan.kept': [{ file: name, digest: 'd'.repeat(64) }],
    'nothing.to-do': [{ command: 'recover vhost', why: `vhost ${name} runs` }],
    'run.started': [{ run: 'run-1', command: 'recover vhost', environment: name, journal: name, resumed: false }],
    'step.started': [{ step, position: 2, of: 9, prose: 'Delete it and\nmake it again.\n\nBy hand.' }],
    'step.planned': [{ step: 'recreate', changes, unchanged: [name], notes: [name] }],
    'step.skipped': [{ step: 'reboot', title: `Reboot ${name}`, why: name }],
    'step.finished': [
      { step: 'recreate', title: name, outcome: 'verified', ms: 65_000 },
      { step: 'recreate', title: name, outcome: 'unverified', ms: 1 },
    ],
    'step.errors': [
      { step: 's', shifts: [{ component: name, lines: 3, gone: [name], fresh: [name, name], still: [name] }] },
    ],
    'step.blocked': [{ step: 'recreate', blockers: plan.steps.flatMap(({ blockers }) => blockers) }],
    'change.started': [{ step: 's', index: 0, change }],
    'change.applied': changes.map((one, index) => ({ step: 's', index, change: one, evidence: [name, name] })),
    'change.failed': [
      { step: 's', index: 0, change, certain: true, problem },
      { step: 's', index: 0, change, certain: false, problem },
    ],
    'change.settled': [{ step: 's', index: 0, change, verdict: 'unknown', evidence: [name] }],
    'check.met': [{ step: 's', that: 'vhost.consumers >= 4', facts: { [name]: name }, asOf: { [name]: name } }],
    'check.unmet': [
      { step: 's', that: 'vhost.state == "running"', facts: { 'vhost.state': name }, otherwise: name, stops: true },
      { step: 's', that: 'vhost.consumers >= 4', facts: {}, otherwise: name, stops: false },
    ],
    'manual.instructions': [{ step: 's', title: name, prose: 'Stop CDC and\nsee that it is quiet.\n\n- one\n- two' }],
    'consent.given': [{ step: 's', how: 'typed', tokens: [`recreate:${name}`] }],
    'run.stopping': [{ after: name }],
    'run.ended': [
      { run: 'run-1', exit: 'unknown', summary: name, problems: [problem], next: [name], journal: name },
      { run: 'run-1', exit: 'done', summary: 'Every step is finished.', problems: [], next: [], journal: name },
    ],
    'lock.waived': [{ reason: name }],
    problem: [{ problem }, { problem: { code: 'x', message: name, exit: 'failed' } }],
    note: [{ text: `--confirm ${name} agrees to nothing in this plan.` }],
    'run.refused': [{ command: name, problems: [problem] }],
  } satisfies Partial<Samples>;
}

/** A plan with every kind of change and of step. */
function planOfAll(name: string): Messages['plan.shown']['plan'] {
  return samplePlan(name, {
    steps: [
      sampleStep({ id: 'all', title: name, changes: Object.values(changesWith(name)) }),
      sampleStep({ id: 'look', kind: 'check', verb: null, that: 'vhost.consumers >= 4' }),
      sampleStep({ id: 'person', kind: 'manual', verb: null, that: name }),
    ],
  });
}

import type { Change } from '../../src/core/change.ts';
import type { Plan, PlannedStep } from '../../src/core/plan.ts';

/** A step with nothing special about it. */
export function sampleStep(over: Partial<PlannedStep> & Pick<PlannedStep, 'id'>): PlannedStep {
  return {
    title: over.id,
    kind: 'do',
    risk: 'routine',
    decision: { is: 'run', why: 'always' },
    settled: true,
    verb: 'vhost.capture',
    args: {},
    changes: [],
    unchanged: [],
    unknown: [],
    notes: [],
    consent: [],
    blockers: [],
    that: null,
    ...over,
  };
}

/** A plan to recover a vhost whose name, and whose other names, are given. */
export function samplePlan(name = 'esr', over: Partial<Plan> = {}): Plan {
  const capture = { from: 'step', step: 'capture' } as const;
  return {
    format: 1,
    id: 'plan-1',
    createdAt: '2026-03-22T06:25:00.000Z',
    tool: { name: 'esr-ops', version: '1.2.3' },
    environment: { name: 'lab', protected: true, identity: 'http://127.0.0.1:15672' },
    command: 'recover vhost',
    runbook: { digest: 'a'.repeat(64), file: 'recover-vhost.md' },
    inputs: { vhost: name },
    target: `vhost:${name}`,
    facts: { 'vhost.state': 'down', 'vhost.consumers': { unknown: 'the vhost is not running' } },
    nothingToDo: null,
    seal: 'b'.repeat(64),
    steps: [
      sampleStep({
        id: 'capture',
        title: 'Keep what a delete would lose',
        changes: [{ kind: 'capture.write', vhost: name, ifChanged: false }],
        unknown: ['depths: the vhost is not running'],
      }),
      sampleStep({
        id: 'reboot',
        risk: 'destructive',
        decision: { is: 'skip', why: `inputs.reboot — ${name} was not asked for` },
      }),
      sampleStep({
        id: 'fence',
        risk: 'disruptive',
        decision: { is: 'later', why: 'step capture may change vhost.state', dependsOn: ['capture'] },
        settled: false,
        changes: Array.from({ length: 9 }, (_, at): Change => ({
          kind: 'permission.withdraw',
          vhost: name,
          was: { user: `${name}-${at}`, configure: '.*', write: '.*', read: '.*' },
        })),
        unchanged: [`user ${name} has no permission`],
        notes: [`${name} reconnects often`],
      }),
      sampleStep({
        id: 'recreate',
        risk: 'destructive',
        changes: [
          { kind: 'vhost.delete', vhost: name, capture },
          { kind: 'vhost.create', vhost: name, capture },
        ],
        consent: [
          { token: `recreate:${name}`, typed: name, effect: `vhost ${name} is deleted with every message in it` },
        ],
        blockers: [
          {
            code: 'capture.poorer',
            message: `The capture of ${name} is poorer than the last good one.`,
            items: Array.from({ length: 8 }, (_, at) => `queue ${name}.${at}`),
            remedies: [
              { flag: '--baseline cap-1', input: 'baseline', value: 'cap-1', label: 'compare with an earlier one' },
            ],
          },
        ],
      }),
      sampleStep({ id: 'consumers-back', kind: 'wait', verb: null, that: 'vhost.consumers >= 4' }),
    ],
    digest: 'd'.repeat(64),
    ...over,
  };
}

import type { Scenario } from '../../../src/core/scenario.ts';
import { atMs } from './moment.ts';
import type { Samples } from './samples.ts';

/** Messages of the lab and of rehearsals. */
export function rehearsalSamples(name: string) {
  const predicted = { rows: 9, twice: { atLeast: 1, atMost: 2 }, never: { atLeast: 0, atMost: 3 } };
  return {
    'lab.said': [{ text: `Broken (vhost-down): the broker says of ${name}.` }, { text: '$ esr-ops status' }],
    'lab.shown': [{ labs: [{ [name]: name, state: 'up' }, { name }] }, { labs: [] }],
    'scenarios.listed': [{ scenarios: [scenario(name)] }],
    'rehearsal.alerted': [false, true].map((auto) => ({
      scenario: 'vhost',
      alert: { from: name, text: name },
      environment: 'lab',
      suffix: ' --env lab',
      incident: 'REHEARSAL-1',
      auto,
      leftOut: [{ fault: name, why: name }],
    })),
    'rehearsal.hinted': [
      { hint: name, position: 1, of: 3 },
      { hint: null, position: 4, of: 3 },
    ],
    'rehearsal.debriefed': [
      {
        debrief: {
          scenario: 'vhost',
          how: 'healthy',
          faults: [{ fault: 'vhost-down', namedAfterMs: 4000 }],
          leftOut: [{ fault: name, why: name }],
          toDiagnoseMs: 4000,
          toActMs: null,
          toRecoverMs: 89_000,
          hints: 1,
          commands: 5,
          wrongTurns: [{ at: atMs, command: name, exit: 'blocked', is: 'refused', why: name }],
          truth: {
            messages: { lost: 50, deliveredTwice: 0 },
            changes: { lost: 0, deliveredTwice: 190 },
            loads: null,
            predicted: { atLeast: 0, atMost: 518 },
          },
          end: [
            { that: 'healthy', met: true, excused: null },
            { that: 'messages-kept', met: false, excused: name },
            { that: 'changes-kept', met: false, excused: null },
          ],
          gaps: [name],
        },
      },
    ],
    'truth.told': [
      { published: 317, confirmed: 317, delivered: 238, lost: 27, deliveredTwice: 0, inQueues: 52, why: name },
    ],
    'etl-truth.told': [
      {
        loads: [{ loadType: name, date: '2026-03-22', rows: 3, files: 13, missing: [name], twice: [name] }],
        missing: 1,
        twice: 1,
      },
    ],
    'cdc-truth.told': [
      { by: name, made: 9, delivered: 8, lost: 1, deliveredTwice: 3, predicted, asPredicted: false },
      { by: name, made: 9, delivered: 9, lost: 0, deliveredTwice: 0, predicted: null, asPredicted: true },
    ],
  } satisfies Partial<Samples>;
}

function scenario(name: string): Scenario {
  return {
    name: 'vhost',
    meaning: name,
    faults: [{ fault: 'vhost-down', afterMs: 0, optional: false }],
    needs: [],
    instead: ['vhost-absent'],
    alert: { from: name, text: name },
    hints: [name],
    recovery: [{ command: 'recover vhost', does: name }],
    end: ['healthy'],
  };
}

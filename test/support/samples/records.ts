import { fold } from '../../../src/core/fold.ts';
import type { Messages } from '../../../src/core/messages.ts';
import type { PostMortem } from '../../../src/core/post-mortem.ts';
import type { RunListing } from '../../../src/core/ports.ts';
import { toMarkdown } from '../../../src/report/markdown.ts';
import { samplePlan } from '../sample-plan.ts';
import { at } from './moment.ts';
import type { Samples } from './samples.ts';

/** Messages of what is written down: runbooks, runs, captures, reports, configuration, help. */
export function recordSamples(name: string) {
  const runs = runListings(name);
  const [run] = runs as [RunListing];
  const report = postMortem(name);
  return {
    'runbooks.listed': [
      { runbooks: [{ command: 'recover vhost', summary: 'Bring it back', file: name, steps: 19 }] },
      { runbooks: [] },
    ],
    'runbook.shown': [
      { runbook: sampleRunbook, as: 'text', source: '' },
      { runbook: sampleRunbook, as: 'checklist', source: '# Recover a vhost\n\n- [ ] capture' },
    ],
    'runbook.linted': [{ files: [name], faults: 2 }],
    'runs.listed': [{ runs }, { runs: [] }],
    'run.shown': [{ run, records: [{ at, entry: { type: 'step.skipped', step: name, why: name } }] }],
    'runs.purged': [{ removed: [name], kept: 3 }],
    'run.acknowledged': [{ run: 'run-1', reason: name }],
    'run.noted': [{ run: 'run-1', text: name }],
    'captures.listed': [
      {
        vhost: name,
        captures: (['none', 'encrypted', 'omitted'] as const).map((kept) => ({
          format: 1,
          id: 'cap-1',
          vhost: name,
          takenAt: at,
          state: 'running',
          broker: { version: name, clusterName: name },
          counts: { queues: 14, exchanges: 6 },
          verdict:
            kept === 'none'
              ? { is: 'complete', because: name }
              : { is: 'poorer', because: name, missing: Array.from({ length: 9 }, () => `queue ${name}`) },
          contentDigest: 'c'.repeat(64),
          files: [{ name, bytes: 1, sha256: 'e'.repeat(64) }],
          secrets: { kept, items: [name] },
        })),
        damaged: [{ id: 'cap-2', why: name }],
      },
      { vhost: name, captures: [], damaged: [] },
    ],
    'report.made': [{ report, markdown: toMarkdown(report) }],
    'bundle.written': [
      {
        path: name,
        bytes: 1234,
        sha256: 'f'.repeat(64),
        files: [{ name, bytes: 12, sha256: 'f'.repeat(64) }],
        missing: [name],
      },
    ],
    'config.shown': [{ config: { version: 1, [name]: name }, file: name }],
    'config.schema': [{ schema: { type: 'object' } }],
    'config.checked': [
      {
        environment: name,
        checks: [
          { what: 'RabbitMQ', ok: true, found: name, next: null },
          { what: name, ok: false, found: name, next: name },
        ],
      },
    ],
    'help.topic': [{ topic: 'Times', body: 'Times are shown in UTC.\n\n  90m ago   relative' }],
  } satisfies Partial<Samples>;
}

const condition = {
  source: "vhost.state == 'down'",
  where: 'x.md:1:1',
  facts: ['vhost.state'],
  ast: { op: 'literal', value: true },
} as const;

const sampleRunbook: Messages['runbook.shown']['runbook'] = {
  command: 'recover vhost',
  summary: 'Bring back a vhost that is down or gone, without losing what can be kept',
  examples: [],
  inputs: [],
  target: 'vhost:${inputs.vhost}',
  needed: null,
  before: [{ id: 'reachable', that: condition, otherwise: 'See with the provider.', exit: 'blocked' }],
  steps: [
    {
      id: 'capture',
      title: 'Capture everything but the messages',
      when: condition,
      prose: 'A capture is what a recreation is made from:\n\n1. one\n2. two\n\n    rabbitmqadmin export file.json',
      kind: 'do',
      verb: 'vhost.capture',
      risk: 'routine',
      with: {},
    },
    { id: 'cdc', title: 'cdc', when: null, prose: '', kind: 'manual', risk: 'disruptive', ask: 'What did it say?' },
  ],
  intro: 'For a vhost that is down (clients are closed with 541 "vhost is down"),\nor that has been deleted.',
  file: 'recover-vhost.md',
  digest: 'a'.repeat(64),
};

function runListings(name: string): readonly RunListing[] {
  const operator = { user: name, host: name, pid: 7 };
  const given = { yes: true, confirm: [name], did: {} };
  const plan = samplePlan(name);
  const started = {
    type: 'run.started',
    format: 1,
    run: 'run-1',
    plan,
    operator,
    reason: name,
    given,
    fleetLock: 'held',
  } as const;
  const entries = [
    started,
    { type: 'run.noted', operator, text: name },
    { type: 'run.ended', exit: 'failed', summary: name, problems: [] },
    { type: 'run.acknowledged', operator, reason: name },
  ] as const;
  const records = entries.map((entry, seq) => ({ seq, at, entry, prev: '', hash: '' }));
  return [
    { run: 'run-1', path: name, state: fold(records), damage: null },
    { run: 'run-2', path: name, state: fold(records.slice(0, 1)), damage: null },
    { run: 'run-3', path: name, state: null, damage: name },
  ];
}

function postMortem(name: string): PostMortem {
  const said = [{ is: 'said', text: name, from: 'note' }] as const;
  return {
    title: name,
    incident: name,
    runs: [name],
    environment: name,
    timezone: 'Europe/London',
    began: at,
    ended: at,
    operators: [name],
    status: name,
    summary: said,
    impact: said,
    sections: [{ title: 'Trigger', items: said }],
    timeline: [{ at, run: 'run-1', from: 'journal', text: name }],
    rootCauses: said,
    actions: [{ text: name, owner: name, from: 'note' }],
    lessons: [{ title: 'What went well', items: said }],
    supporting: [{ is: 'gap', text: name }],
  };
}

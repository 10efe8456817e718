import { fold } from '../../src/core/fold.ts';
import type { Component } from '../../src/core/component.ts';
import type { Finding, Look } from '../../src/core/finding.ts';
import type { DeadlineOutlook } from '../../src/core/deadline.ts';
import type { DrainManifest } from '../../src/core/drain.ts';
import type { LoadStatus } from '../../src/core/load-status.ts';
import type { LoadType } from '../../src/core/load-type.ts';
import type { Located } from '../../src/core/locate.ts';
import type { Message, MessageCode, Messages } from '../../src/core/messages.ts';
import { noticeText } from '../../src/core/notice-text.ts';
import type { PostMortem } from '../../src/core/post-mortem.ts';
import type { Problem } from '../../src/core/fault.ts';
import type { ExceptionKind, ReconcileException } from '../../src/core/reconcile.ts';
import type { ReplayPreview } from '../../src/core/replay-preview.ts';
import type { RunListing } from '../../src/core/ports.ts';
import type { S3SetReport } from '../../src/core/s3-report.ts';
import type { Scenario } from '../../src/core/scenario.ts';
import type { TimetableRow } from '../../src/core/timetable.ts';
import { csvLine } from '../../src/report/csv-line.ts';
import { toMarkdown } from '../../src/report/markdown.ts';
import { changesWith } from './sample-changes.ts';
import { samplePlan, sampleStep } from './sample-plan.ts';

const at = '2026-03-22T07:40:00.000Z';
const atMs = Date.parse(at);

/**
 * Messages of every code whose texts from servers, people and files are all `name`: the type makes it complete, and
 * each code has as many as it has shapes.
 */
export function sampleMessages(name: string): { readonly [C in MessageCode]: readonly Messages[C][] } {
  const plan = samplePlan(name);
  const changes = Object.values(changesWith(name));
  const [change] = changes as [(typeof changes)[number]];
  const problem: Problem = {
    code: 'rabbitmq.timeout',
    message: `No answer from ${name}.`,
    where: name,
    next: [name, 'esr-ops status', `esr-ops resume run-1   (when ${name} is right)`, `look at ${name} yourself`],
    details: { line: `when: ${name}`, caret: 6, length: name.length },
    exit: 'unknown',
  };
  const step = sampleStep({ id: 'recreate', title: `Recreate ${name}`, risk: 'destructive' });
  const runs = runListings(name);
  const [run] = runs as [RunListing];
  const notice = {
    at,
    event: 'needs-person',
    environment: name,
    command: 'recover vhost',
    run: 'run-1',
    target: `vhost:${name}`,
    outcome: 'failed',
    what: `It broke: ${name}`,
    next: name,
    deadline: { loadType: name, means: name, atMs, leftMs: 60_000 },
    by: name,
  } as const;
  const report = postMortem(name);
  const exceptions = reconcileExceptions(name);
  const [exception] = exceptions as [ReconcileException];
  const located = locatedAt(name);
  const predicted = { rows: 9, twice: { atLeast: 1, atMost: 2 }, never: { atLeast: 0, atMost: 3 } };
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
    'capture.taken': (['none', 'encrypted', 'omitted'] as const).map((kept) => ({
      path: name,
      unchanged: false,
      manifest: {
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
      },
    })),
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
    'reconcile.found': [{ exception }],
    'reconcile.ended': [
      { day: dayOf(name, exceptions.length), first: exceptions, signedOff: null, csv: name },
      {
        day: dayOf(name, exceptions.length),
        first: [],
        signedOff: { run: 'run-1', by: name, reason: name, at },
        csv: null,
      },
      { day: dayOf(name, 0), first: [], signedOff: null, csv: null },
    ],
    'csv.line': exceptions.map((one) => ({ line: csvLine(one) })),
    'drains.listed': [
      {
        drains: [
          { id: 'drain-1', path: name, manifest: drainOf(name), damage: null },
          { id: 'drain-2', path: name, manifest: null, damage: name },
        ],
      },
      { drains: [] },
    ],
    'messages.listed': [
      {
        drain: 'drain-1',
        messages: [
          {
            queue: name,
            inQueue: 1,
            exchange: name,
            routingKey: name,
            bodyBytes: 12,
            properties: name,
            body: name,
          },
        ],
        more: true,
      },
      { drain: 'drain-1', messages: [], more: false },
    ],
    'messages.counted': [{ drain: 'drain-1', total: 3, queues: { [name]: 3 } }],
    'message.exported': [{ message: { queue: name, headers: { [name]: name } } }],
    'maxwell.located': [{ located }, { located: { ...located, proven: false, atMs: null, heartbeat: null } }],
    'maxwell.previewed': [
      {
        preview: previewOf(name),
        located,
        untilMs: null,
        consumers: [{ name, queue: name, onDuplicate: 'unknown', note: name }],
      },
    ],
    'status.shown': [
      {
        environment: name,
        at,
        looks: looksOf(name),
        roots: [
          { cause: 'vhost.down', brings: ['maxwell.stopped'] },
          { cause: 'vhost.advice', brings: [] },
        ],
        suffix: ' --env prod',
        tookMs: 640,
      },
    ],
    'diagnosis.shown': [
      {
        diagnosis: {
          environment: name,
          at,
          symptom: {
            from: name,
            lines: 3,
            bytes: 99,
            looksCut: true,
            matches: [
              {
                id: 'amqp-406',
                title: 'AMQP channel closed with 406',
                count: 2,
                first: { line: 1, text: name },
                last: { line: 2, text: name },
                meanings: [{ means: name, look: name, confidence: 'possible', found: [name], said: 0 }],
                cutOff: { missing: name, from: name },
              },
            ],
          },
          roots: [
            {
              cause: { ...findingOf('vhost.down', name), causedBy: [] },
              brings: [{ ...findingOf('maxwell.stopped', name), causedBy: ['vhost.down'] }],
            },
          ],
          advice: [{ ...findingOf('queues.dead-letters', name), severity: 'advice' }],
          well: [name, name],
          notConfigured: [name],
          implications: [{ priority: 1, text: name }],
          suffix: ' --env prod',
          tookMs: 900,
        },
      },
    ],
    'maxwell.shown': [
      {
        overview: {
          environment: name,
          vhost: name,
          status: {
            clientId: name,
            serverId: 1,
            nowMs: atMs,
            stored: located.stored,
            storedElsewhere: located.stored === null ? [] : [located.stored],
            otherClients: located.stored === null ? [] : [located.stored],
            heartbeat: { serverId: 1, clientId: name, heartbeat: atMs },
            heartbeatAgeMs: 491,
            looks: 'alive',
            lagMs: 491,
            lagBytes: 4800,
            positionReadable: true,
            end: { file: name, offset: 4 },
            schemaRows: 3,
            warnings: [name],
          },
          process: { is: 'running', evidence: [name] },
          target: {
            host: name,
            port: 5672,
            tls: false,
            vhost: name,
            user: name,
            exchange: name,
            type: 'fanout',
            durable: true,
            warnings: [name],
          },
          connections: [{ name, user: name, vhost: name, peer: name, clientName: name, connectedAtMs: atMs }],
          log: [name, name],
          problems: [problem],
        },
        findings: [name],
      },
    ],
    'load.logged': [{ loadType: name, date: '2026-03-22', lines: [name, name] }],
    'etl.status': [{ environment: name, date: null, runs: loadStatuses(name) }],
    'schedule.shown': [
      {
        environment: name,
        timetable: {
          atMs,
          sinceMs: atMs - 86_400_000,
          rows: timetableRows(name),
          missed: [
            { loadType: name, atMs, date: '2026-03-22', means: name, coveredBy: null, outlook: outlook(name) },
            {
              loadType: name,
              atMs,
              date: '2026-03-22',
              means: name,
              coveredBy: { loadType: name, atMs },
              outlook: null,
            },
          ],
        },
      },
    ],
    'etl.listed': [{ loadTypes: [loadType(name)] }],
    'etl.explained': [
      {
        loadType: loadType(name),
        component: component(name),
        fedBy: [name],
        atMs,
        row: timetableRows(name)[0] ?? null,
      },
    ],
    'component.explained': [{ component: component(name), neededBy: [name], runs: [name] }],
    'run.refused': [{ command: name, problems: [problem] }],
    'notices.ahead': [
      {
        notices: (['team', 'esr'] as const).map((audience) => ({
          channel: name,
          notice,
          text: noticeText(notice, { audience }, 'Europe/London'),
        })),
      },
    ],
    'notices.listed': [
      {
        environment: 'prod',
        queues: [
          {
            channel: name,
            waiting: Array.from({ length: 7 }, () => ({ at, event: 'blocked' as const, command: name })),
            refused: 2,
            why: name,
            notBeforeMs: atMs,
          },
          { channel: name, waiting: [], refused: 0, why: null, notBeforeMs: null },
        ],
      },
    ],
    's3.checked': [{ environment: name, date: '2026-03-22', seen: 3, sets: s3Sets(name) }],
    's3.files': [{ environment: name, date: '2026-03-22', seen: 3, sets: s3Sets(name) }],
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
  };
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

function findingOf(code: string, name: string): Finding {
  return {
    code,
    place: 'vhost',
    severity: 'broken',
    message: `The vhost ${name} is down.`,
    figure: name,
    since: { ms: atMs - 860_000, how: 'after' },
    evidence: [name, name],
    meaning: name,
    blocks: [name],
    confidence: 'certain',
    next: { byHand: name, command: 'esr-ops recover vhost' },
  };
}

function looksOf(name: string): readonly Look[] {
  const states = ['ok', 'broken', 'degraded', 'unseen', 'advice', 'not-configured'] as const;
  return states.map((state) => ({
    place: 'vhost',
    subject: name,
    state,
    figure: name,
    figures: {},
    since: { ms: atMs - 4_690_000, how: 'since' },
    findings:
      state === 'ok' || state === 'not-configured'
        ? []
        : [{ ...findingOf(state === 'broken' ? 'vhost.down' : `vhost.${state}`, name), severity: state }],
    tookMs: 12,
  }));
}

function drainOf(name: string): DrainManifest {
  return {
    format: 1,
    id: 'drain-1',
    vhost: name,
    startedAt: at,
    mode: 'drain',
    sessions: 1,
    state: 'open',
    queues: [
      {
        name,
        kind: 'classic',
        expected: 3,
        atStart: 3,
        state: 'emptied',
        records: 3,
        bytes: 12,
        again: 0,
        maybeAgain: 0,
        left: 0,
        doubted: [],
      },
    ],
    segments: [],
  };
}

function locatedAt(name: string): Located {
  const event = { event: name, atMs, end: { file: name, offset: 99 } };
  const row = {
    id: 3,
    position: { file: name, offset: 4 },
    gtidSet: null,
    lastHeartbeatRead: atMs,
    baseSchemaId: null,
    serverId: 1,
    deleted: false,
  };
  return {
    file: name,
    offset: 1234,
    proven: true,
    basis: 'heartbeat',
    why: [name],
    atMs,
    distanceMs: 4_690_000,
    marginMs: 600_000,
    gtidSet: name,
    heartbeat: atMs,
    heartbeatFrom: 'binlog',
    before: event,
    after: event,
    schema: { chosen: row, later: [row], warnings: [name] },
    ddls: [{ statement: name, schema: name, atMs, end: { file: name, offset: 99 } }],
    byGtid: false,
    stored: {
      serverId: 1,
      clientId: name,
      position: { file: name, offset: 4 },
      gtidSet: null,
      lastHeartbeatRead: atMs,
    },
    provenBefore: { file: name, offset: 4, heartbeat: atMs },
    serverId: 1,
    clockAheadMs: null,
    warnings: [name],
    cost: { bytesRead: 1_234_567, connections: 1, files: 2, ms: 99 },
  };
}

function previewOf(name: string): ReplayPreview {
  const located = locatedAt(name);
  return {
    from: { file: name, offset: 4 },
    until: { file: name, offset: 99 },
    rows: 1387,
    rowsLeftOut: 12,
    transactions: 99,
    bytes: 1_234_567,
    tables: [
      { schema: name, table: name, insert: 1, update: 1_234_567_890, delete: 3, sent: true },
      { schema: 'tcs', table: 'Post', insert: 1, update: 2, delete: 3, sent: false },
    ],
    overTime: Array.from({ length: 40 }, (_, minute) => ({ fromMs: atMs + minute * 60_000, rows: minute })),
    minutesEach: 1,
    ddls: located.ddls,
    ddlCount: 12,
    uncounted: 0,
    stored: located.stored,
    publishedBefore: 3,
    inFlight: 1,
    twice: { atLeast: 1, atMost: 9, why: [name] },
    never: { atLeast: 0, atMost: 0, why: [name] },
    stoppedInOrder: false,
    filter: { expression: name, applied: true, why: null },
    warnings: [name],
    cost: { bytesRead: 99, ms: 9 },
  };
}

function outlook(name: string): DeadlineOutlook {
  return { deadline: { atMs, feeds: name }, leftMs: 4_690_000, usualMs: 600_000, is: 'cannot-make-it' };
}

function timetableRows(name: string): readonly TimetableRow[] {
  const row = { loadType: name, meaning: name, cron: '0 2 * * *', zone: 'Europe/London', nextMs: atMs + 9_999_999 };
  return [
    { ...row, example: true, lastMs: atMs - 60_000, lastDate: '2026-03-22', due: true, outlook: outlook(name) },
    {
      ...row,
      example: false,
      cron: null,
      zone: null,
      lastMs: null,
      lastDate: null,
      nextMs: null,
      due: false,
      outlook: { ...outlook(name), is: 'passed' },
    },
  ];
}

function loadType(name: string): LoadType {
  return {
    name,
    aliases: [name],
    meaning: name,
    example: true,
    component: name,
    driver: {
      kind: 'docker-run',
      image: name,
      options: [name],
      args: [{ when: name, words: [name] }],
      host: null,
      docker: null,
    },
    parameters: [{ name: 'deanery', type: 'enum', values: [name], help: name, required: true, default: null }],
    defaultDate: 'today',
    schedule: { cron: '0 2 * * *', zone: 'Europe/London' },
    usualMs: 600_000,
    limitMs: 3_600_000,
    writes: [
      { kind: 'queue', vhost: null, queue: name, atLeast: 1 },
      { kind: 's3', bucket: name, prefix: name, key: name, expect: 'per-office', contiguous: true, minBytes: 1 },
      {
        kind: 'table',
        table: {
          database: name,
          table: name,
          date: name,
          holds: 'date',
          office: name,
          officeIs: {},
          where: { kind: name },
        },
        atLeast: 1,
        offices: 'all',
      },
    ],
    evidenceMs: 60_000,
    feeds: [name],
    closesAt: null,
    missed: { means: name, coveredBy: name, instead: name },
    rerun: { is: 'twice', twice: name, clear: name },
    log: { succeeded: [], failed: [] },
    busy: null,
  };
}

function loadStatuses(name: string): readonly LoadStatus[] {
  const jobs = [
    null,
    { is: 'placed', id: '1', where: name },
    { is: 'running', id: '1', sinceMs: atMs, where: name },
    { is: 'ended', id: '1', exitCode: 1, endedMs: atMs, where: name },
  ] as const;
  return jobs.map((job) => ({
    loadType: name,
    meaning: name,
    date: '2026-03-22',
    scheduledMs: atMs,
    job,
    inProgress: { own: [], others: [name], unknown: null },
    standing: { is: 'partial', words: [name] },
    outlook: outlook(name),
    problems: [name],
  }));
}

function component(name: string): Component {
  return {
    name,
    aliases: [name],
    is: name,
    isNot: [name],
    owner: name,
    host: name,
    control: { kind: 'commands', start: [name], stop: [name], status: [name], logs: [name] },
    recreate: { kind: 'command', command: [name] },
    health: { kind: 'http', url: name, status: 200, body: name, timeoutMs: 1000 },
    log: { started: [name], failed: [name] },
    stopGraceMs: 1,
    startLimitMs: 1,
    dependsOn: [name],
    queues: [name],
  };
}

function s3Sets(name: string): readonly S3SetReport[] {
  return [
    {
      loadType: name,
      bucket: name,
      date: '2026-03-22',
      prefix: name,
      state: 'partial',
      expected: 13,
      found: 2,
      bytes: 99,
      offices: [{ code: name, found: 1 }],
      previous: { date: '2026-03-21', last: '13' },
      olderStrange: 2,
      files: [{ key: name, size: 12, modifiedMs: atMs, office: name, sequence: '14' }],
      findings: [
        { kind: 'missing', office: name, expected: 1, found: 0, looksLike: name },
        { kind: 'missing', office: name, expected: 2, found: 1, looksLike: name },
        { kind: 'too-many', office: name, expected: 1, found: 2, keys: [name, name] },
        { kind: 'too-small', key: name, bytes: 1, smallest: 9 },
        { kind: 'gap', from: '15', to: '17', after: 'previous-day' },
        { kind: 'sequence-twice', sequence: '14', keys: [name, name] },
        { kind: 'sequence-back', first: '3', reached: '13', on: '2026-03-21' },
        { kind: 'unexpected', key: name, why: name },
      ],
    },
  ];
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

function reconcileExceptions(name: string): readonly ReconcileException[] {
  const kinds = [
    'not-in-table',
    'duplicate',
    'over-limit',
    'file-absent',
    'office-without-file',
    'sequence-gap',
  ] as const satisfies readonly ExceptionKind[];
  return kinds.map((kind) => ({
    kind,
    table: name,
    office: name,
    id: name,
    file: name,
    post: name,
    rows: 41,
    created: at,
    detail: name,
  }));
}

function dayOf(name: string, exceptions: number): Messages['reconcile.ended']['day'] {
  return {
    date: '2026-03-29',
    timezone: 'Europe/London',
    from: '2026-03-29T00:00:00.000Z',
    until: '2026-03-29T23:00:00.000Z',
    tables: [{ table: name, what: name, rows: 619, offices: [{ office: name, rows: 3 }], inLog: 619 }],
    files: { count: 13, bytes: 221 },
    counts: exceptions === 0 ? {} : { 'not-in-table': exceptions },
    exceptions,
    digest: 'd'.repeat(64),
    remarks: [name],
    cost: { logBytes: 1, ms: 1 },
  };
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

/** All of them as messages. */
export function everyMessage(name: string): readonly Message[] {
  return Object.entries(sampleMessages(name)).flatMap(([code, payloads]) =>
    payloads.map((payload) => ({ code, payload }) as Message),
  );
}

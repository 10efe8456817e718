import type { DrainManifest } from '../../../src/core/drain.ts';
import type { Messages } from '../../../src/core/messages.ts';
import type { ExceptionKind, ReconcileException } from '../../../src/core/reconcile.ts';
import type { S3SetReport } from '../../../src/core/s3-report.ts';
import { csvLine } from '../../../src/report/csv-line.ts';
import { at, atMs } from './moment.ts';
import type { Samples } from './samples.ts';

/** Messages of people's data: drained messages, files, reconciled days. */
export function dataSamples(name: string) {
  const exceptions = reconcileExceptions(name);
  const [exception] = exceptions as [ReconcileException];
  return {
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
    's3.checked': [{ environment: name, date: '2026-03-22', seen: 3, sets: s3Sets(name) }],
    's3.files': [{ environment: name, date: '2026-03-22', seen: 3, sets: s3Sets(name) }],
  } satisfies Partial<Samples>;
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

import type { Located } from '../../../src/core/locate.ts';
import type { ReplayPreview } from '../../../src/core/replay-preview.ts';
import { atMs } from './moment.ts';
import { sampleProblem } from './problem.ts';
import type { Samples } from './samples.ts';

/** Messages of CDC: positions, previews, the overview of Maxwell. */
export function maxwellSamples(name: string) {
  const problem = sampleProblem(name);
  const located = locatedAt(name);
  return {
    'maxwell.located': [{ located }, { located: { ...located, proven: false, atMs: null, heartbeat: null } }],
    'maxwell.previewed': [
      {
        preview: previewOf(name),
        located,
        untilMs: null,
        consumers: [{ name, queue: name, onDuplicate: 'unknown', note: name }],
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
  } satisfies Partial<Samples>;
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

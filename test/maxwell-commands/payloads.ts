import type { CdcTarget } from '../../src/core/cdc-config.ts';
import type { Located } from '../../src/core/locate.ts';
import type { MaxwellOverview } from '../../src/core/maxwell-overview.ts';
import type { MaxwellStatus } from '../../src/core/maxwell-status.ts';
import type { ReplayPreview } from '../../src/core/replay-preview.ts';

/** 2026-03-29 00:59:00Z: a minute before Europe/London puts its clocks forward. */
export const atMs = Date.UTC(2026, 2, 29, 0, 59);

const stored = {
  serverId: 7,
  clientId: 'maxwell',
  position: { file: 'mysql-bin.000044', offset: 567 },
  gtidSet: null,
  lastHeartbeatRead: atMs + 3_600_000,
};

/** A proven position; parts may be replaced. */
export function located(change: Partial<Located> = {}): Located {
  return {
    file: 'mysql-bin.000042',
    offset: 1234,
    proven: true,
    basis: 'heartbeat',
    why: ["It is the end of Maxwell's own heartbeat."],
    atMs,
    distanceMs: 4_200,
    marginMs: 0,
    gtidSet: '0-7-99',
    heartbeat: atMs - 4_200,
    heartbeatFrom: 'binlog',
    before: { event: 'Xid', atMs: atMs - 4_000, end: { file: 'mysql-bin.000042', offset: 1234 } },
    after: { event: 'Gtid', atMs: atMs + 120_000, end: { file: 'mysql-bin.000042', offset: 1276 } },
    schema: {
      chosen: {
        id: 3,
        position: { file: 'mysql-bin.000001', offset: 4 },
        gtidSet: null,
        lastHeartbeatRead: 0,
        baseSchemaId: null,
        serverId: 7,
        deleted: false,
      },
      later: [],
      warnings: [],
    },
    ddls: [],
    stored,
    byGtid: false,
    provenBefore: null,
    serverId: 7,
    clockAheadMs: 0,
    warnings: [],
    cost: { bytesRead: 393_000, connections: 3, files: 20, ms: 121 },
    ...change,
  };
}

/** A window with rows of two tables; parts may be replaced. */
export function preview(change: Partial<ReplayPreview> = {}): ReplayPreview {
  return {
    from: { file: 'mysql-bin.000042', offset: 1234 },
    until: { file: 'mysql-bin.000044', offset: 999 },
    rows: 1_300,
    rowsLeftOut: 20,
    transactions: 310,
    bytes: 2_345_678,
    tables: [
      { schema: 'tcs', table: 'Placement', insert: 1_000, update: 200, delete: 0, sent: true },
      { schema: 'tcs', table: 'Post', insert: 90, update: 0, delete: 10, sent: true },
      { schema: 'maxwell', table: 'heartbeats', insert: 0, update: 20, delete: 0, sent: false },
    ],
    overTime: [
      { fromMs: atMs, rows: 1_000 },
      { fromMs: atMs + 60_000, rows: 299 },
      { fromMs: atMs + 180_000, rows: 1 },
    ],
    minutesEach: 1,
    ddls: [],
    ddlCount: 0,
    uncounted: 0,
    stored,
    publishedBefore: 1_200,
    inFlight: 5,
    twice: { atLeast: 0, atMost: 1_205, why: ['1200 rows lie before the stored position.'] },
    never: { atLeast: 95, atMost: 100, why: ['100 rows lie after the stored position.'] },
    stoppedInOrder: false,
    filter: { expression: 'exclude: *.*, include: tcs.*', applied: true, why: null },
    warnings: [],
    cost: { bytesRead: 2_400_000, ms: 300 },
    ...change,
  };
}

/** What the database tells of a Maxwell that is well; parts may be replaced. */
export function status(change: Partial<MaxwellStatus> = {}): MaxwellStatus {
  return {
    clientId: 'maxwell',
    serverId: 7,
    nowMs: atMs,
    stored,
    storedElsewhere: [],
    otherClients: [],
    heartbeat: { serverId: 7, clientId: 'maxwell', heartbeat: atMs - 807 },
    heartbeatAgeMs: 807,
    looks: 'alive',
    lagMs: 1_800,
    lagBytes: 6_700,
    positionReadable: true,
    end: { file: 'mysql-bin.000044', offset: 7_267 },
    schemaRows: 3,
    warnings: [],
    ...change,
  };
}

/** Where a configuration makes it publish; parts may be replaced. */
export function target(change: Partial<CdcTarget> = {}): CdcTarget {
  return {
    host: 'broker.example.org',
    port: 5672,
    tls: false,
    vhost: 'esr',
    user: 'cdc',
    exchange: 'maxwell',
    type: 'fanout',
    durable: true,
    warnings: [],
    ...change,
  };
}

/** A connection of its user in a vhost. */
export function connection(vhost: string) {
  return {
    name: '10.0.0.1:1 -> 10.0.0.2:5672',
    user: 'cdc',
    vhost,
    peer: '10.0.0.1:1',
    clientName: '',
    connectedAtMs: atMs - 86_400_000,
  };
}

/** A Maxwell that is well; parts may be replaced. */
export function overview(change: Partial<MaxwellOverview> = {}): MaxwellOverview {
  return {
    environment: 'prod',
    vhost: 'esr',
    status: status(),
    process: { is: 'running', evidence: ['container maxwell: running, Pid 42'] },
    target: target(),
    connections: [connection('esr')],
    log: ['INFO  Maxwell - Maxwell v1.41.0 is booting'],
    problems: [],
    ...change,
  };
}

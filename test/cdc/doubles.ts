import type { ActionContext } from '../../src/core/action.ts';
import type { Change } from '../../src/core/change.ts';
import type { CdcTarget } from '../../src/core/cdc-config.ts';
import type { CdcConfigReading, CdcEdit, CdcProcess, RepointRequest } from '../../src/core/cdc-ports.ts';
import { Fault } from '../../src/core/fault.ts';
import type { Located } from '../../src/core/locate.ts';
import type { MaxwellStatus } from '../../src/core/maxwell-status.ts';
import type { CdcLogin, CdcReaders, CdcWriters } from '../../src/core/ports-cdc.ts';
import type { ReplayPreview } from '../../src/core/replay-preview.ts';
import type { Permission, VhostConnection, VhostDefinitions } from '../../src/core/vhost.ts';
import type { World } from '../../src/apply/world.ts';

/*
 * Doubles for CDC, the broker and the clock: what a proof asks for is answered from this, so that each proof can be made
 * to fail by itself. The proofs are the real ones.
 */

/** How the doubled world is; all is well unless it says otherwise. */
export interface DoubledCdc {
  process: CdcProcess['is'];
  /** Whether the heartbeat moves while it is watched. */
  moves: boolean;
  looks: MaxwellStatus['looks'];
  stored: MaxwellStatus['stored'];
  /** Vhosts in which CDC's user has a connection. */
  connected: readonly string[];
  target: CdcTarget;
  exchange: { readonly type: string; readonly durable: boolean } | null;
  bound: boolean;
  /** Whether a row of `schemas` fits the position. */
  schemaFits: boolean;
  /** Whether the row still is what was read. */
  unmoved: boolean;
  /** What waits in the queue that the exchange leads to; null: the broker does not know. */
  waiting: number | null;
  /** Whether the configuration file was changed by somebody else, or says all of it already. */
  file: 'as planned' | 'changed' | 'says it already';
  /** What the broker lets CDC's user do with exchanges of the vhost; null: nothing at all. */
  permission: { readonly configure: string; readonly write: string } | null;
  login: CdcLogin['is'];
  password: CdcEdit['password'];
  /** How many looks at the broker's vhosts find no answer first. */
  silentLooks: number;
  /** Vhosts that there are, beside those of strangers. */
  vhosts: readonly string[];
  /** Queues of the vhost that CDC is to publish into. */
  queues: readonly string[];
  /** Others that are connected to `esr-old`. */
  others: readonly string[];
  /** What was done. */
  readonly done: string[];
}

const place = { file: 'mysql-bin.000007', offset: 700 };

/** A world in which every proof holds, but for what is given. */
export function doubledCdc(over: Partial<DoubledCdc> = {}): DoubledCdc {
  return {
    process: 'stopped',
    moves: false,
    looks: 'quiet',
    stored: { serverId: 1, clientId: 'maxwell', position: place, gtidSet: null, lastHeartbeatRead: 7_000 },
    connected: ['esr'],
    target: {
      host: 'broker',
      port: 5672,
      tls: false,
      vhost: 'esr',
      user: 'cdc',
      exchange: 'maxwell',
      type: 'fanout',
      durable: true,
      warnings: [],
    },
    exchange: { type: 'fanout', durable: true },
    bound: true,
    schemaFits: true,
    unmoved: true,
    waiting: 0,
    file: 'as planned',
    permission: { configure: '^maxwell$', write: '^maxwell$' },
    login: 'accepted',
    password: 'kept',
    vhosts: ['esr', 'esr-old'],
    silentLooks: 0,
    queues: ['esr.changes'],
    others: [],
    done: [],
    ...over,
  };
}

/** What src/apply gets. Time passes only where somebody waits. */
export function worldWith(cdc: DoubledCdc): World {
  let now = 0;
  const connections = (vhost: string): VhostConnection[] =>
    cdc.connected
      .filter((name) => name === vhost)
      .map((name) => ({ name: `to ${name}`, user: 'cdc', vhost: name, peer: '', clientName: '', connectedAtMs: 0 }));
  return {
    readers: {
      clock: {
        now: () => now,
        sleep: (ms: number) => {
          now += ms;
          return Promise.resolve();
        },
      },
      rabbit: {
        vhosts: () => {
          if (cdc.silentLooks === 0) return Promise.resolve(cdc.vhosts);
          cdc.silentLooks -= 1;
          return Promise.reject(new Fault({ code: 'rabbitmq.unreachable', message: 'no answer', exit: 'unreachable' }));
        },
        connections: (vhost: string) => Promise.resolve([...connections(vhost), ...strangersIn(cdc, vhost)]),
        status: (vhost: string) =>
          Promise.resolve({ vhost, state: cdc.vhosts.includes(vhost) ? 'running' : 'absent', nodes: {}, evidence: [] }),
        permissions: () => Promise.resolve(permissionsOf(cdc)),
        snapshot: (vhost: string) =>
          Promise.resolve({ vhost, definitions: definitionsOf(cdc), permissions: permissionsOf(cdc), connections: [] }),
        depths: () => Promise.resolve(cdc.waiting === null ? null : [{ queue: 'changes', messages: cdc.waiting }]),
        definitions: () => Promise.resolve(definitionsOf(cdc)),
      },
      cdc: readersOf(cdc),
    },
    writers: { cdc: writersOf(cdc) },
    environment: {
      name: 'test',
      rabbitmq: {
        user: 'esr-ops',
        vhost: 'esr',
        amqp: 'amqp://broker:5672',
        expected: { queuePrefixes: ['esr.'], users: ['cdc*'], consumers: null, exchanges: [], neighbours: [] },
      },
    },
    outputs: {},
    progress: () => undefined,
    run: 'run',
    signal: new AbortController().signal,
  } as unknown as World;
}

/** What an action decides with. */
export function contextWith(cdc: DoubledCdc, made: readonly Change[] = []): ActionContext {
  const { readers, environment, outputs, signal } = worldWith(cdc);
  return { readers, environment, outputs, signal, ahead: [], made };
}

function definitionsOf({ exchange, bound, queues }: DoubledCdc): VhostDefinitions {
  return {
    queues: queues.map((name) => ({ name })),
    exchanges: exchange === null ? [] : [{ name: 'maxwell', ...exchange }],
    bindings: bound ? [{ source: 'maxwell', destination: 'changes', destination_type: 'queue' }] : [],
  } as unknown as VhostDefinitions;
}

function permissionsOf({ permission, target }: DoubledCdc): readonly Permission[] {
  return permission === null ? [] : [{ user: target.user, ...permission, read: '^$' }];
}

function strangersIn({ others }: DoubledCdc, vhost: string): readonly VhostConnection[] {
  if (vhost !== 'esr-old') return [];
  return others.map((user) => ({ name: user, user, vhost, peer: '10.0.0.9:1', clientName: '', connectedAtMs: 0 }));
}

/** An edit from the target as it is to what is asked for. */
function editOf(cdc: DoubledCdc, to: RepointRequest): CdcEdit {
  const then = { ...cdc.target, vhost: to.vhost, user: to.user ?? cdc.target.user, host: to.host ?? cdc.target.host };
  const done = cdc.file === 'says it already';
  return {
    where: 'cdc-1:/etc/maxwell.properties',
    was: cdc.file === 'changed' ? 'other' : 'old',
    becomes: 'new',
    bytes: Buffer.from('secret'),
    diff: done ? [] : [{ sign: '+', at: 1, text: `rabbitmq_virtual_host=${to.vhost}` }],
    changed: done ? [] : ['rabbitmq_virtual_host'],
    now: cdc.target,
    then,
    declares: true,
    password: cdc.password,
    modifiedAt: '2026-03-22T06:00:00.000Z',
  };
}

function readersOf(cdc: DoubledCdc): CdcReaders {
  let beats = 1_000;
  return {
    process: {
      status: () => Promise.resolve({ is: cdc.process, evidence: [`the double is ${cdc.process}`] }),
      logs: () => Promise.resolve(['a line of the log']),
      readConfig: () =>
        Promise.resolve({ modifiedAt: '2026-03-22T06:00:00.000Z', sha256: 'old' } as unknown as CdcConfigReading),
    },
    maxwell: {
      clientId: 'maxwell',
      status: () => {
        if (cdc.looks === 'alive') beats += 1;
        const heartbeat = cdc.looks === 'never-seen' ? null : { heartbeat: beats };
        const { stored, looks } = cdc;
        return Promise.resolve({ stored, looks, heartbeat, lagMs: 3_000, nowMs: 63_000 } as unknown as MaxwellStatus);
      },
      sample: (ms) => Promise.resolve({ before: 1, after: cdc.moves ? 2 : 1, moved: cdc.moves, watchedMs: ms }),
      locate: (atMs) => Promise.resolve(locatedFor(cdc, atMs)),
      place: () => Promise.reject(new Error('not asked for')),
      preview: () => Promise.resolve(emptyPreview),
    },
    target: () => Promise.resolve(cdc.target),
    edit: (to) => Promise.resolve(editOf(cdc, to)),
    login: () => Promise.resolve({ is: cdc.login, evidence: 'as the double says' }),
  };
}

function locatedFor(cdc: DoubledCdc, atMs: number): Located {
  return {
    file: 'mysql-bin.000003',
    offset: 300,
    gtidSet: null,
    heartbeat: 3_000,
    proven: true,
    basis: 'heartbeat',
    why: [],
    warnings: [],
    atMs,
    serverId: 1,
    schema: { chosen: cdc.schemaFits ? { lastHeartbeatRead: 2_000 } : null, later: [], warnings: ['none fits'] },
  } as unknown as Located;
}

const emptyPreview = {
  rows: 0,
  transactions: 0,
  twice: { atLeast: 0, atMost: 0, why: [] },
  never: { atLeast: 0, atMost: 0, why: [] },
  ddlCount: 0,
  warnings: [],
} as unknown as ReplayPreview;

function writersOf(cdc: DoubledCdc): CdcWriters {
  const did = (what: string) => {
    cdc.done.push(what);
    return Promise.resolve({ evidence: [what] });
  };
  return {
    process: {
      stop: () => did('stop'),
      start: () => did('start'),
      writeConfig: async () => {
        await did('write');
        return { outcome: 'written', target: 'f', backup: 'f.bak', sha256: 'new' };
      },
    },
    positions: {
      compareAndSet: () => {
        if (cdc.unmoved) cdc.done.push('set');
        return Promise.resolve(cdc.unmoved);
      },
    },
  };
}

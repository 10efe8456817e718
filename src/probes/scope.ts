import type { Capture } from '../core/capture.ts';
import type { CdcTarget } from '../core/cdc-config.ts';
import type { CdcProcess } from '../core/cdc-ports.ts';
import type { Component } from '../core/component.ts';
import type { ComponentSight } from '../core/component-sight.ts';
import type { Environment } from '../core/environment.ts';
import { lastGood } from '../core/last-good.ts';
import type { MaxwellStatus } from '../core/maxwell-status.ts';
import type { RabbitReader, RunListing } from '../core/ports.ts';
import type { CdcLooks } from '../core/ports-cdc.ts';
import type { DatabaseSight } from '../core/ports-database.ts';
import type { Judged } from '../core/catch-up.ts';
import { missedLoads } from '../core/missed-loads.ts';
import type { ProbeReaders } from '../core/ports-probes.ts';
import type {
  AmqpAnswer,
  BrokerOverview,
  ExchangeSight,
  Permission,
  QueueDepth,
  VhostConnection,
  VhostDefinitions,
  VhostStatus,
} from '../core/vhost.ts';
import type { S3SetReport } from '../core/s3-report.ts';
import { limited, type Seen } from './limited.ts';
import { s3Readings } from './s3-readings.ts';

/** A reading that is made once, when it is first asked for, however many probes need it. */
export type Reading<T> = () => Promise<Seen<T>>;

/** Readings of the broker; all of one vhost. */
export interface BrokerReadings {
  readonly identity: string;
  readonly vhost: string;
  readonly overview: Reading<BrokerOverview>;
  readonly alarms: Reading<readonly string[]>;
  readonly amqp: Reading<AmqpAnswer>;
  readonly status: Reading<VhostStatus>;
  readonly depths: Reading<readonly QueueDepth[] | null>;
  readonly permissions: Reading<readonly Permission[]>;
  /** Only asked for when something is wrong: it can be large. */
  readonly definitions: Reading<VhostDefinitions>;
  /** The exchanges that must be there, by name; null: it is not. */
  readonly exchanges: Reading<ReadonlyMap<string, ExchangeSight | null>>;
  /** Connections in every vhost of the broker. */
  readonly connections: Reading<readonly VhostConnection[]>;
}

/** Readings of CDC. */
export interface CdcReadings {
  readonly status: Reading<MaxwellStatus>;
  readonly process: Reading<CdcProcess>;
  readonly target: Reading<CdcTarget>;
}

/** What a probe looks at: readings that are shared, each with its own limit. Null: not configured. */
export interface ProbeScope {
  readonly environment: Environment;
  readonly nowMs: number;
  readonly broker: BrokerReadings | null;
  readonly database: { readonly identity: string; readonly look: Reading<DatabaseSight> } | null;
  readonly cdc: CdcReadings | null;
  readonly components: readonly { readonly component: Component; readonly look: Reading<ComponentSight> }[];
  /** Files of the last run of each scheduled load type, by bucket and date. */
  readonly s3: readonly {
    readonly bucket: string;
    readonly date: string;
    readonly sets: Reading<readonly S3SetReport[]>;
  }[];
  /** What becomes of the load types' runs of the last day, by the rows that they write; null: none writes rows. */
  readonly loads: Reading<readonly Judged[]> | null;
  /** The newest good capture, and the newest one of the vhost running; null where there is none. */
  readonly captures: Reading<{ readonly any: Capture | null; readonly running: Capture | null }>;
  readonly runs: Reading<readonly RunListing[]>;
}

/** Makes the readings; nothing is read yet. */
export function createScope(environment: Environment, readers: ProbeReaders, limitMs: number): ProbeScope {
  const reading = <T>(what: string, read: () => Promise<T>): Reading<T> => {
    let made: Promise<Seen<T>> | null = null;
    return () => (made ??= limited(what, limitMs, read));
  };
  const { rabbit, database, cdc, components, s3, loads, captures, runs, clock } = readers;
  const { rabbitmq } = environment;
  const vhost = rabbitmq?.vhost ?? '/';
  return {
    environment,
    nowMs: clock.now(),
    broker: rabbit === null ? null : brokerReadings(environment, rabbit, vhost, reading),
    database:
      database === null ? null : { identity: database.identity, look: reading('the database', () => database.look()) },
    cdc: cdc === null ? null : cdcReadings(cdc, reading),
    components: environment.components
      .filter(({ control, health }) => control.kind !== 'person' || health !== null)
      .map((component) => ({
        component,
        look: reading(component.name, () => components.look(component)),
      })),
    s3: s3 === null ? [] : s3Readings(environment, s3, clock.now(), reading),
    loads: loads === null ? null : loadReadings(environment, loads, clock, reading),
    captures: reading('the captures on this host', async () => ({
      any: await lastGood(captures, vhost),
      running: await lastGood(captures, vhost, 'running'),
    })),
    runs: reading('the journals on this host', () => runs.list()),
  };
}

/** Those that had their usual time and the time that their proof may take. */
function loadReadings(
  environment: Environment,
  found: NonNullable<ProbeReaders['loads']>,
  clock: ProbeReaders['clock'],
  reading: MakeReading,
): ProbeScope['loads'] {
  const loadTypes = environment.loadTypes
    .map((load) => ({ ...load, writes: load.writes.filter(({ kind }) => kind === 'table') }))
    .filter(({ writes, schedule, example }) => writes.length > 0 && schedule !== null && !example);
  if (loadTypes.length === 0) return null;
  const due = ({ seen: { atMs, load } }: Judged): boolean => atMs + load.usualMs + load.evidenceMs <= clock.now();
  const jobs = { state: () => Promise.resolve({ is: 'none' as const }) };
  return reading('rows of load types', async () =>
    (
      await missedLoads(
        { environment: { ...environment, loadTypes }, readers: { clock, loads: { found, jobs } } },
        { since: null, late: false },
      )
    ).filter(due),
  );
}

/** Makes a reading of its own limit. */
export type MakeReading = <T>(what: string, read: () => Promise<T>) => Reading<T>;

function brokerReadings(
  environment: Environment,
  rabbit: RabbitReader,
  vhost: string,
  reading: MakeReading,
): BrokerReadings {
  return {
    identity: rabbit.identity,
    vhost,
    overview: reading("the broker's management API", () => rabbit.overview()),
    alarms: reading("the broker's management API", () => rabbit.alarms()),
    amqp: reading('the broker over AMQP', () => rabbit.amqp(vhost)),
    status: reading("the broker's management API", () => rabbit.status(vhost)),
    depths: reading("the broker's list of queues", () => rabbit.depths(vhost)),
    permissions: reading("the broker's list of permissions", () => rabbit.permissions(vhost)),
    definitions: reading("the broker's export of the vhost", () => rabbit.definitions(vhost)),
    exchanges: reading("the broker's exchanges", async () => {
      const seen = wantedExchanges(environment).map(
        async (name) => [name, await rabbit.exchange(vhost, name)] as const,
      );
      return new Map(await Promise.all(seen));
    }),
    connections: reading("the broker's list of connections", async () => {
      const vhosts = await rabbit.vhosts();
      return (await Promise.all(vhosts.map((name) => rabbit.connections(name)))).flat();
    }),
  };
}

function cdcReadings(cdc: CdcLooks, reading: MakeReading): CdcReadings {
  return {
    status: reading("Maxwell's tables", () => cdc.maxwell.status()),
    process: reading("the command for CDC's status", () => cdc.process.status()),
    target: reading("CDC's configuration", () => cdc.target()),
  };
}

/** Exchanges that must have bindings: CDC's, and those that the configuration names. */
export function wantedExchanges({ cdc, rabbitmq }: Environment): readonly string[] {
  const named = rabbitmq?.expected.exchanges ?? [];
  return [...new Set([...(typeof cdc === 'string' ? [] : [cdc.exchange.name]), ...named])];
}

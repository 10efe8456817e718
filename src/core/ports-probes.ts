import type { ComponentLooker } from './component-sight.ts';
import type { CaptureReader, Clock, RabbitReader, RunReader } from './ports.ts';
import type { CdcLooks } from './ports-cdc.ts';
import type { LoadReaders } from './ports-loads.ts';
import type { S3Buckets } from './ports-s3.ts';
import type { DatabaseReader } from './ports-database.ts';

/** What probes look through: each reader gives up early; null where the configuration does not name the service. */
export interface ProbeReaders {
  readonly rabbit: RabbitReader | null;
  readonly database: DatabaseReader | null;
  readonly cdc: CdcLooks | null;
  readonly components: ComponentLooker;
  readonly s3: S3Buckets | null;
  /** Of rows alone; null where there is no database. */
  readonly loads: LoadReaders['found'] | null;
  readonly captures: CaptureReader;
  readonly runs: RunReader;
  readonly clock: Clock;
}

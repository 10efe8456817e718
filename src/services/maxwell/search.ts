import type { Progress } from '../../core/host.ts';
import type { Located } from '../../core/locate.ts';
import type { MysqlAccess } from '../mysql/connect.ts';
import type { FileTimes } from './file-times.ts';
import type { Scanned } from './scan.ts';
import type { MaxwellIdentity, MaxwellScene } from './scene.ts';

/** A time to look for. */
export interface LocateOptions extends MaxwellIdentity {
  readonly access: MysqlAccess;
  /** The wanted time, ms since the epoch. */
  readonly atMs: number;
  /** How far an unproven position stays before the wanted time. Default 10 minutes. */
  readonly marginMs?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (progress: Progress | null) => void;
}

/** Default margin of unproven positions, ms: longer than statements of a healthy interface run. */
export const defaultMarginMs = 600_000;

/** What a search returns; the rest of Located is the same for all. */
export type FoundPlace = Omit<
  Located,
  'atMs' | 'schema' | 'stored' | 'byGtid' | 'provenBefore' | 'serverId' | 'clockAheadMs' | 'cost'
>;

/** What both searches work on. */
export interface Search extends LocateOptions {
  readonly marginMs: number;
  readonly scene: MaxwellScene;
  readonly times: FileTimes;
  /** When the oldest file begins, ms. */
  readonly oldestMs: number;
  readonly progress: (progress: Progress | null) => void;
}

/** Most statements outside transactions that a search keeps. */
const mostDdls = 50;

/** The statement of a scanned transaction as a result lists it. */
export function ddlOf({ transaction }: Scanned): Located['ddls'][number] | null {
  return transaction.statement === null
    ? null
    : {
        statement: transaction.statement.text,
        schema: transaction.statement.schema,
        atMs: transaction.latestSeconds * 1000,
        end: transaction.end,
      };
}

/** Adds a statement to a list that stays short. */
export function keepDdl(list: Located['ddls'][number][], scanned: Scanned): void {
  const ddl = ddlOf(scanned);
  if (ddl !== null && list.length < mostDdls) list.push(ddl);
}

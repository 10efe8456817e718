import { compareBinlogPositions, type BinlogPosition } from './binlog-position.ts';
import { readGtidSet } from './given-gtid-set.ts';
import type { SchemaRow } from './maxwell.ts';

/** Which row of `schemas` Maxwell will restore when it starts at a position. */
export interface SchemaChoice {
  /** Null: none fits; Maxwell would capture the structure as it is now and file it under the old position. */
  readonly chosen: SchemaRow | null;
  /** Rows that begin after the position, oldest first: Maxwell met a DDL there, which a replay meets again. */
  readonly later: readonly SchemaRow[];
  /** Sentences for the person; empty when there is nothing to know. */
  readonly warnings: readonly string[];
}

/** The position to start from. */
export interface SchemaTarget {
  readonly position: BinlogPosition;
  /** `last_heartbeat_read` that goes with it; null or 0 lets only rows with 0 fit. */
  readonly heartbeat: number | null;
  readonly serverId: number;
  /** Where Maxwell works by GTID sets: the set that goes with the position. Null or left out: by files. */
  readonly gtidSet?: string | null;
}

/**
 * Maxwell's own choice for file positions: rows of this server, not deleted, not after the position and with a
 * heartbeat not after its own; the latest of them. A whole capture may stand exactly at the position, a difference
 * must stand before it. Maxwell before 1.44.1 compared file names as text; where that matters, a warning says so.
 * Where it works by GTID sets it chooses by them alone.
 */
export function chooseSchema(rows: readonly SchemaRow[], target: SchemaTarget): SchemaChoice {
  if (target.gtidSet != null) return chooseByGtids(rows, target.gtidSet);
  const ofServer = rows.filter((row) => !row.deleted && (row.serverId === null || row.serverId === target.serverId));
  const chosen = best(ofServer, target, compareBinlogPositions);
  const asText = best(ofServer, target, compareAsText);
  return {
    chosen,
    later: ofServer
      .filter((row) => row.position !== null && compareBinlogPositions(row.position, target.position) > 0)
      .sort((a, b) => compareNullable(a.position, b.position, compareBinlogPositions)),
    warnings: [
      ...(chosen === null
        ? ["No row of `schemas` fits: Maxwell would take the tables' structure of today for the old changes."]
        : []),
      ...(chosen?.id === asText?.id
        ? []
        : [
            `Maxwell before 1.44.1 compares binlog file names as text and would restore schema ${asText?.id ?? 'none'} instead of ${chosen?.id ?? 'none'}.`,
          ]),
    ],
  };
}

/** Maxwell's own choice by GTID sets: the newest row of any server whose set lies within; heartbeats do not count. */
function chooseByGtids(rows: readonly SchemaRow[], gtidSet: string): SchemaChoice {
  const set = readGtidSet(gtidSet);
  const newestFirst = rows.filter((row) => !row.deleted && row.gtidSet !== null).sort((a, b) => b.id - a.id);
  const within = (row: SchemaRow): boolean => set.contains(readGtidSet(row.gtidSet ?? '', set.form));
  const chosen = newestFirst.find(within) ?? null;
  return {
    chosen,
    later: newestFirst.filter((row) => !within(row)).reverse(),
    warnings:
      chosen === null
        ? [
            "The GTID set of no row of `schemas` lies within: Maxwell would take the tables' structure of today for the old changes.",
          ]
        : [],
  };
}

type Compare = (a: BinlogPosition, b: BinlogPosition) => number;

function best(rows: readonly SchemaRow[], target: SchemaTarget, compare: Compare): SchemaRow | null {
  const fitting = rows.filter((row) => {
    if (row.position === null || (row.lastHeartbeatRead ?? Number.POSITIVE_INFINITY) > (target.heartbeat ?? 0))
      return false;
    const order = compare(row.position, target.position);
    return order < 0 || (order === 0 && row.baseSchemaId === null);
  });
  return (
    fitting.sort(
      (a, b) =>
        (b.lastHeartbeatRead ?? 0) - (a.lastHeartbeatRead ?? 0) || compareNullable(b.position, a.position, compare),
    )[0] ?? null
  );
}

function compareNullable(a: BinlogPosition | null, b: BinlogPosition | null, compare: Compare): number {
  return a === null || b === null ? Number(a !== null) - Number(b !== null) : compare(a, b);
}

function compareAsText(a: BinlogPosition, b: BinlogPosition): number {
  return a.file === b.file ? a.offset - b.offset : a.file < b.file ? -1 : 1;
}

import type { RowsInTime, TableRows } from './replay-preview.ts';

/** Counts rows by table, operation and time in memory that does not grow with the window. */
export interface RowTally {
  /** Counts rows of one event; `seconds` since the epoch. */
  add(table: TalliedTable, operation: 'insert' | 'update' | 'delete', rows: number, seconds: number): void;
  /** The entry to count a table under, the same for the same names. */
  table(schema: string, name: string): TalliedTable;
  rows(): number;
  leftOut(): number;
  tables(): readonly TableRows[];
  overTime(): readonly RowsInTime[];
  minutesEach(): number;
}

/** A table's counters. */
export interface TalliedTable {
  readonly schema: string;
  readonly table: string;
  readonly sent: boolean;
  insert: number;
  update: number;
  delete: number;
}

/** Most stretches of time that are kept; more make each of them wider. */
const mostStretches = 1_440;
const widths = [1, 5, 15, 60, 360, 1_440, 10_080, 525_600] as const;
/** Most tables that are told apart. */
const mostTables = 5_000;

/** An empty tally. `sent` says whether a table's rows would be sent. */
export function tallyRows(sent: (schema: string, table: string) => boolean): RowTally {
  const tables = new Map<string, TalliedTable>();
  let stretches = new Map<number, number>();
  let width = 0;
  let leftOut = 0;
  let total = 0;
  let lastStretch = Number.NaN;
  let lastRows = 0;
  const minutes = (): number => widths[width] ?? 525_600;

  const settle = (): void => {
    if (lastRows > 0) stretches.set(lastStretch, (stretches.get(lastStretch) ?? 0) + lastRows);
    lastRows = 0;
    while (stretches.size > mostStretches && width < widths.length - 1) {
      const before = minutes();
      width += 1;
      const wider = new Map<number, number>();
      for (const [stretch, rows] of stretches) {
        const key = Math.floor((stretch * before) / minutes());
        wider.set(key, (wider.get(key) ?? 0) + rows);
      }
      stretches = wider;
    }
  };

  return {
    table: (schema, name) => {
      const known = tables.get(`${schema}\0${name}`);
      if (known !== undefined) return known;
      const many = tables.size >= mostTables;
      const key = many ? '\0' : `${schema}\0${name}`;
      const entry = tables.get(key) ?? {
        schema: many ? '(others)' : schema,
        table: many ? '(others)' : name,
        sent: sent(schema, name),
        insert: 0,
        update: 0,
        delete: 0,
      };
      tables.set(key, entry);
      return entry;
    },
    add: (table, operation, rows, seconds) => {
      table[operation] += rows;
      if (!table.sent) {
        leftOut += rows;
        return;
      }
      total += rows;
      const stretch = Math.floor(seconds / 60 / minutes());
      if (stretch !== lastStretch) {
        settle();
        lastStretch = Math.floor(seconds / 60 / minutes());
      }
      lastRows += rows;
    },
    rows: () => total,
    leftOut: () => leftOut,
    tables: () =>
      [...tables.values()]
        .filter((entry) => entry.insert + entry.update + entry.delete > 0)
        .sort((a, b) => b.insert + b.update + b.delete - (a.insert + a.update + a.delete)),
    overTime: () => {
      settle();
      lastStretch = Number.NaN;
      return [...stretches]
        .sort(([a], [b]) => a - b)
        .map(([stretch, rows]) => ({ fromMs: stretch * minutes() * 60_000, rows }));
    },
    minutesEach: minutes,
  };
}

/** A change of one row, as the binlog has it. */
export interface RowChange {
  readonly database: string;
  readonly table: string;
  readonly type: 'insert' | 'update' | 'delete';
  /** Seconds: the time in the event's header. */
  readonly ts: number;
  /** `file:offset` of the beginning of its event. */
  readonly position: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The row before an update. */
  readonly before?: Readonly<Record<string, unknown>>;
  /** Names of the columns whose values are numbers that may come as text: written digit by digit. */
  readonly digits: ReadonlySet<string>;
}

/** The transaction that the change belongs to. */
export interface InTransaction {
  readonly xid: number;
  /** Of the transaction's rows this is the nth, from 0. */
  readonly offset: number;
  readonly last: boolean;
}

/** The JSON that Maxwell publishes for a change. */
export function rowMessage(change: RowChange, { xid, offset, last }: InTransaction): string {
  const { database, table, type, ts, position, data, before, digits } = change;
  const row = (values: readonly (readonly [string, unknown])[]): string =>
    `{${values.map(([name, value]) => `${JSON.stringify(name)}:${valueText(value, digits.has(name))}`).join(',')}}`;
  const head = JSON.stringify({
    database,
    table,
    type,
    ts,
    xid,
    ...(last ? { commit: true } : { xoffset: offset }),
    position,
  });
  const changed =
    before === undefined
      ? ''
      : `,"old":${row(Object.entries(before).filter(([name, value]) => valueText(value, false) !== valueText(data[name], false)))}`;
  return `${head.slice(0, -1)},"data":${row(Object.entries(data))}${changed}}`;
}

function valueText(value: unknown, digits: boolean): string {
  if (value === null || value === undefined) return 'null';
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('base64'));
  if (digits && typeof value === 'string') return value;
  // Beyond the first plane, as Java's writer does.
  return JSON.stringify(value).replace(
    /[\uD800-\uDFFF]/g,
    (half) => `\\u${half.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

import { changeName } from './change-record.ts';
import { markColumn, tisDatabase, type TisTable } from './tis-tables.ts';

/** One statement and the changes that it makes. */
export interface Statement {
  readonly sql: string;
  readonly changes: readonly string[];
}

/** What is done at one tick of the writer. */
export interface PlannedTransaction {
  /** It stays open for seconds, beside others. */
  readonly long: boolean;
  readonly statements: readonly Statement[];
}

const values: Readonly<Record<TisTable, (n: number) => Readonly<Record<string, string>>>> = {
  Post: (n) => ({
    nationalPostNumber: `'YHD/RWA01/00${n}/STR/00${n % 9}'`,
    status: `'CURRENT'`,
    owner: `'Health Education England Yorkshire and the Humber'`,
    trainingDescription: `'Core training, £ and é kept'`,
  }),
  Placement: (n) => ({
    traineeId: String(1000 + n),
    postId: String(n),
    dateFrom: `'2021-08-04'`,
    dateTo: n % 3 === 0 ? 'NULL' : `'2022-02-01'`,
    placementWholeTimeEquivalent: '0.800',
    placementType: `'In post'`,
    lifecycleState: `'APPROVED'`,
    amendedDate: `'2021-03-22 06:25:00'`,
  }),
  EsrNotification: (n) => ({
    notificationTitleCode: n % 2 === 0 ? `'1'` : `'4'`,
    deaneryBody: `'EMD'`,
    deaneryPostNumber: `'EMD/RK950/001/STR/${n}'`,
    managingDeaneryBodyCode: `'EMD'`,
  }),
  PlacementEsrEvent: (n) => ({
    placementId: String(n),
    eventDateTime: `'2021-07-27 13:00:00'`,
    filename: `'DE_EMD_APP_20210727_00003754.DAT'`,
    positionNumber: String(100_000 + n),
    positionId: String(n),
    status: `'EXPORTED'`,
  }),
};

const order = ['Placement', 'EsrNotification', 'Post', 'PlacementEsrEvent'] as const;

/**
 * What the writer's transaction number `n` does: it inserts one to five rows into one table, changes the first of them
 * and takes away the second, so that all kinds of changes have a mark of their own; one in four touches a second table
 * as well, and one in twenty-five is long. A pure function of its arguments.
 */
export function planTransaction(name: string, n: number): PlannedTransaction {
  const table = order[n % order.length] ?? 'Post';
  const other = order[(n + 1) % order.length] ?? 'Post';
  const rows = n % 5 === 0 ? 5 : 1 + (n % 3);
  const marks = Array.from({ length: rows }, (_, row) => `${name}-${row}`);
  const statements = [insert(table, n, marks)];
  const [first = '', second] = marks;
  if (n % 8 < 4) statements.push(update(table, first, `${name}-u`));
  if (n % 3 === 2 && second !== undefined) statements.push(remove(table, second));
  if (n % 4 === 0) statements.push(insert(other, n, [`${name}-x`]), update(other, `${name}-x`, `${name}-y`));
  return { long: n % 25 === 0, statements };
}

function insert(table: TisTable, n: number, marks: readonly string[]): Statement {
  const columns = Object.entries(values[table](n));
  const row = columns.map(([, value]) => value).join(', ');
  return {
    sql:
      `INSERT INTO ${tisDatabase}.${table} (${columns.map(([name]) => name).join(', ')}, ${markColumn}) VALUES ` +
      marks.map((mark) => `(${row}, '${mark}')`).join(', '),
    changes: marks.map((mark) => changeName(table, 'insert', mark)),
  };
}

// By the newest rows, so that a scan of the table stays short however long the lab runs.
const recent = (table: TisTable, mark: string): string =>
  `WHERE ${markColumn} = '${mark}' ORDER BY id DESC LIMIT 1 /* ${table} */`;

function update(table: TisTable, from: string, to: string): Statement {
  return {
    sql: `UPDATE ${tisDatabase}.${table} SET ${markColumn} = '${to}' ${recent(table, from)}`,
    changes: [changeName(table, 'update', to)],
  };
}

function remove(table: TisTable, mark: string): Statement {
  return {
    sql: `DELETE FROM ${tisDatabase}.${table} ${recent(table, mark)}`,
    changes: [changeName(table, 'delete', mark)],
  };
}

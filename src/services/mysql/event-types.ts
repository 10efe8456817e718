/** Binlog event types that matter here; from 160 on they are MariaDB's. */
export const eventType = {
  query: 2,
  stop: 3,
  rotate: 4,
  formatDescription: 15,
  xid: 16,
  tableMap: 19,
  gtid: 33,
  anonymousGtid: 34,
  previousGtids: 35,
  xaPrepare: 38,
  partialUpdate: 39,
  transactionPayload: 40,
  taggedGtid: 42,
  mariadbGtid: 162,
  mariadbGtidList: 163,
  mariadbCompressedQuery: 165,
} as const;

const names: Readonly<Record<number, string>> = {
  2: 'Query',
  3: 'Stop',
  4: 'Rotate',
  15: 'Format_description',
  16: 'Xid',
  19: 'Table_map',
  23: 'Write_rows_v1',
  24: 'Update_rows_v1',
  25: 'Delete_rows_v1',
  30: 'Write_rows',
  31: 'Update_rows',
  32: 'Delete_rows',
  33: 'Gtid',
  34: 'Anonymous_gtid',
  35: 'Previous_gtids',
  38: 'XA_prepare',
  39: 'Partial_update_rows',
  40: 'Transaction_payload',
  42: 'Gtid_tagged',
  160: 'Annotate_rows',
  161: 'Binlog_checkpoint',
  162: 'Gtid',
  163: 'Gtid_list',
  164: 'Start_encryption',
  165: 'Query_compressed',
};

/** The event's name as the servers' own tools print it. */
export function eventName(type: number): string {
  return names[type] ?? (rowOperation(type) === null ? `type ${type}` : 'Rows_compressed');
}

/** What is done to a row. */
export type RowOperation = 'insert' | 'update' | 'delete';

const operations: Readonly<Record<number, RowOperation>> = {
  23: 'insert',
  24: 'update',
  25: 'delete',
  30: 'insert',
  31: 'update',
  32: 'delete',
  39: 'update',
  166: 'insert',
  167: 'update',
  168: 'delete',
  169: 'insert',
  170: 'update',
  171: 'delete',
};

/** What an event of rows does; null for every other event. */
export function rowOperation(type: number): RowOperation | null {
  return operations[type] ?? null;
}

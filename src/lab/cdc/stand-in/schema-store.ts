import { createHash } from 'node:crypto';
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { positionText, type Position } from './position.ts';

/** Databases that are not captured. */
const system = ['information_schema', 'performance_schema'];

const selection =
  'SELECT * FROM `schemas` WHERE deleted = 0 AND last_heartbeat_read <= ? AND (binlog_file < ? ' +
  'OR (binlog_file = ? AND binlog_position < ? AND base_schema_id IS NOT NULL) ' +
  'OR (binlog_file = ? AND binlog_position <= ? AND base_schema_id IS NULL)) AND server_id = ? ' +
  'ORDER BY last_heartbeat_read DESC, binlog_file DESC, binlog_position DESC LIMIT 1';

/**
 * Chooses the schema for a position by Maxwell's rule; where no row fits, captures the schema as it is now and files it
 * under that position, as Maxwell does, rightly or not.
 * @returns the row's id
 */
export async function chooseSchema(
  connection: Connection,
  serverId: number,
  position: Position,
  log: (line: string) => void,
): Promise<number> {
  const { file, offset, lastHeartbeat } = position;
  const [rows] = await connection.query<RowDataPacket[]>(selection, [
    lastHeartbeat,
    file,
    file,
    offset,
    file,
    offset,
    serverId,
  ]);
  const row = rows[0];
  if (row !== undefined) {
    const modified = {
      file: String(row['binlog_file']),
      offset: Number(row['binlog_position']),
      lastHeartbeat: Number(row['last_heartbeat_read']),
    };
    log(
      `INFO  MysqlSavedSchema - Restoring schema id ${Number(row['id'])} (last modified at ${positionText(modified)})`,
    );
    return Number(row['id']);
  }
  log('INFO  AbstractSchemaStore - Maxwell is capturing initial schema');
  return capture(connection, serverId, position);
}

/** Files a change of the schema under the position of its statement, once, however often it is read. */
export async function storeChange(
  connection: Connection,
  serverId: number,
  position: Position,
  base: number,
  change: { readonly database: string; readonly sql: string },
  log: (line: string) => void,
): Promise<number> {
  const known = await byPosition(connection, serverId, position);
  if (known !== undefined) return known;
  // Maxwell files the table's definition before and after; here the binlog itself carries what decoding needs.
  const deltas = JSON.stringify([{ type: 'table-alter', database: change.database, sql: change.sql }]);
  const id = await insertRow(connection, serverId, position, base, deltas);
  log(
    `INFO  AbstractSchemaStore - storing schema @${positionText(position)} after applying "${change.sql}" to ${change.database}, new schema id is ${id}`,
  );
  return id;
}

async function capture(connection: Connection, serverId: number, position: Position): Promise<number> {
  const known = await byPosition(connection, serverId, position);
  if (known !== undefined) return known;
  const id = await insertRow(connection, serverId, position, null, null);
  await connection.query(
    'INSERT INTO `databases` (schema_id, name, charset) SELECT ?, schema_name, default_character_set_name ' +
      'FROM information_schema.schemata WHERE schema_name NOT IN (?)',
    [id, system],
  );
  await connection.query(
    'INSERT INTO `tables` (schema_id, database_id, name, charset, pk) SELECT ?, d.id, t.table_name, c.character_set_name, ' +
      "(SELECT group_concat(k.column_name ORDER BY k.ordinal_position SEPARATOR ',') FROM information_schema.key_column_usage k " +
      "WHERE k.table_schema = t.table_schema AND k.table_name = t.table_name AND k.constraint_name = 'PRIMARY') " +
      'FROM information_schema.tables t JOIN `databases` d ON d.name = t.table_schema AND d.schema_id = ? ' +
      'JOIN information_schema.collation_character_set_applicability c ON c.full_collation_name = t.table_collation ' +
      "WHERE t.table_type = 'BASE TABLE'",
    [id, id],
  );
  await connection.query(
    'INSERT INTO `columns` (schema_id, table_id, name, charset, coltype, is_signed, enum_values, column_length) ' +
      'SELECT ?, t.id, c.column_name, c.character_set_name, c.data_type, ' +
      "c.data_type LIKE '%int' AND c.column_type NOT LIKE '%unsigned%', NULL, c.datetime_precision " +
      'FROM information_schema.columns c JOIN `databases` d ON d.name = c.table_schema AND d.schema_id = ? ' +
      'JOIN `tables` t ON t.name = c.table_name AND t.database_id = d.id ORDER BY t.id, c.ordinal_position',
    [id, id],
  );
  return id;
}

async function byPosition(connection: Connection, serverId: number, position: Position): Promise<number | undefined> {
  const [rows] = await connection.query<RowDataPacket[]>('SELECT id FROM `schemas` WHERE position_sha = ?', [
    shaOf(serverId, position),
  ]);
  return rows[0] === undefined ? undefined : Number(rows[0]['id']);
}

async function insertRow(
  connection: Connection,
  serverId: number,
  position: Position,
  base: number | null,
  deltas: string | null,
): Promise<number> {
  const [done] = await connection.query<ResultSetHeader>(
    'INSERT IGNORE INTO `schemas` SET base_schema_id = ?, deltas = ?, binlog_file = ?, binlog_position = ?, server_id = ?, ' +
      "charset = 'utf8mb4', version = 4, position_sha = ?, last_heartbeat_read = ?",
    [base, deltas, position.file, position.offset, serverId, shaOf(serverId, position), position.lastHeartbeat],
  );
  if (done.affectedRows === 1) return done.insertId;
  // Another client of this server was at the same place first.
  const known = await byPosition(connection, serverId, position);
  if (known === undefined) throw new Error('the schema could not be stored');
  return known;
}

function shaOf(serverId: number, { file, offset, lastHeartbeat }: Position): string {
  return createHash('sha1').update(`${serverId}/${file}/${offset}/${lastHeartbeat}`).digest('hex');
}

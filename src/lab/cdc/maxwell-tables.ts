/**
 * Maxwell's own tables as Maxwell 1.22 creates them, name -> definition. Newer versions have the same columns, with
 * `bigint` ids; a test compares these with what the real one makes.
 */
export const maxwellTables = {
  schemas: `(
  id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  binlog_file varchar(255),
  binlog_position int unsigned,
  last_heartbeat_read bigint NULL DEFAULT 0,
  gtid_set varchar(4096),
  base_schema_id int unsigned NULL DEFAULT NULL,
  deltas mediumtext CHARSET utf8 NULL DEFAULT NULL,
  server_id int unsigned,
  position_sha char(40) CHARSET latin1 DEFAULT NULL,
  charset varchar(255),
  version smallint unsigned NOT NULL DEFAULT 0,
  deleted tinyint(1) NOT NULL DEFAULT 0,
  UNIQUE KEY position_sha (position_sha))`,
  databases: `(
  id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  schema_id int unsigned,
  name varchar(255) CHARSET utf8,
  charset varchar(255),
  INDEX (schema_id))`,
  tables: `(
  id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  schema_id int unsigned,
  database_id int unsigned,
  name varchar(255) CHARSET utf8,
  charset varchar(255),
  pk varchar(1024) CHARSET utf8,
  INDEX (schema_id),
  INDEX (database_id))`,
  columns: `(
  id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  schema_id int unsigned,
  table_id int unsigned,
  name varchar(255) CHARSET utf8,
  charset varchar(255),
  coltype varchar(255),
  is_signed tinyint(1) unsigned,
  enum_values text CHARSET utf8,
  column_length tinyint unsigned,
  INDEX (schema_id),
  INDEX (table_id))`,
  positions: `(
  server_id int unsigned NOT NULL,
  binlog_file varchar(255),
  binlog_position int unsigned,
  gtid_set varchar(4096),
  client_id varchar(255) CHARSET latin1 NOT NULL DEFAULT 'maxwell',
  heartbeat_at bigint NULL DEFAULT NULL,
  last_heartbeat_read bigint NULL DEFAULT NULL,
  PRIMARY KEY (server_id, client_id))`,
  heartbeats: `(
  server_id int unsigned NOT NULL,
  client_id varchar(255) CHARSET latin1 NOT NULL DEFAULT 'maxwell',
  heartbeat bigint NOT NULL,
  PRIMARY KEY (server_id, client_id))`,
  bootstrap: `(
  id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  database_name varchar(255) CHARSET utf8 NOT NULL,
  table_name varchar(255) CHARSET utf8 NOT NULL,
  where_clause varchar(255),
  is_complete tinyint(1) unsigned NOT NULL DEFAULT 0,
  inserted_rows bigint unsigned NOT NULL DEFAULT 0,
  total_rows bigint unsigned NOT NULL DEFAULT 0,
  created_at datetime DEFAULT NULL,
  started_at datetime DEFAULT NULL,
  completed_at datetime DEFAULT NULL,
  binlog_file varchar(255) DEFAULT NULL,
  binlog_position int unsigned DEFAULT 0,
  client_id varchar(255) CHARSET latin1 NOT NULL DEFAULT 'maxwell')`,
} as const;

/** The statement that makes one of them where it is not there yet. */
export function createMaxwellTable(database: string, name: keyof typeof maxwellTables): string {
  return `CREATE TABLE IF NOT EXISTS \`${database}\`.\`${name}\` ${maxwellTables[name]}`;
}

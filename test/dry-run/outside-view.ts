import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { askBroker, demandOfBroker, type BrokerAccess } from '../../src/lab/broker-http.ts';
import type { RunningLab } from '../../src/lab/lab-files.ts';

type Row = Readonly<Record<string, unknown>>;

/** Everything that a dry run could have changed, read without any code of the product's own clients. */
export interface OutsideView {
  readonly broker: Readonly<Record<string, unknown>>;
  readonly binlog: unknown;
  readonly files: readonly string[];
}

/** Looks at broker, database and folders once. */
export async function outsideView(lab: RunningLab, folders: readonly string[]): Promise<OutsideView> {
  return { broker: await brokerView(lab), binlog: await binlogView(lab), files: await filesView(folders) };
}

/** Looks until two looks, further apart than the broker's statistics are old, are equal; fails when that never comes. */
export async function settledView(lab: RunningLab, folders: readonly string[]): Promise<OutsideView> {
  let last = '';
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const view = await outsideView(lab, folders);
    const now = JSON.stringify(view);
    if (now === last) return view;
    last = now;
    await sleep(1_500);
  }
  throw new Error('the lab never stood still');
}

async function brokerView({ rabbitmq }: RunningLab): Promise<Readonly<Record<string, unknown>>> {
  const access: BrokerAccess = {
    managementUrl: rabbitmq.managementUrl,
    user: rabbitmq.user,
    password: await readFile(rabbitmq.passwordFile, 'utf8'),
  };
  const get = (path: string): Promise<unknown> => demandOfBroker(access, 'GET', `/api/${path}`);
  const rows = async (path: string): Promise<readonly Row[]> => (await get(path)) as readonly Row[];
  const mine = (row: Row): boolean => row['user'] === rabbitmq.user;
  const v = encodeURIComponent(rabbitmq.vhost);
  const queueCounts = ['name', 'vhost', 'messages', 'messages_ready', 'messages_unacknowledged', 'consumers', 'state'];
  const counted =
    (names: readonly string[]) =>
    (row: Row): Row => ({ ...pick(row, names), counters: countersOf(row['message_stats']) });
  return {
    definitions: await get('definitions'),
    // An absent vhost has none, and the refusal is what is compared.
    ofVhost: (await askBroker(access, 'GET', `/api/definitions/${v}`)).body,
    vhosts: (await rows('vhosts')).map((row) =>
      pick(row, ['name', 'description', 'tags', 'metadata', 'cluster_state', 'tracing', 'default_queue_type']),
    ),
    users: await get('users'),
    permissions: await get('permissions'),
    topicPermissions: await get('topic-permissions'),
    vhostLimits: await get('vhost-limits'),
    userLimits: await get('user-limits'),
    policies: await get('policies'),
    operatorPolicies: await get('operator-policies'),
    parameters: await get('parameters'),
    globalParameters: await get('global-parameters'),
    queues: (await rows('queues')).map(counted(queueCounts)),
    exchanges: (await rows('exchanges')).map(counted(['name', 'vhost', 'type', 'policy'])),
    bindings: await get('bindings'),
    consumers: (await rows('consumers')).length,
    channels: (await rows('channels')).filter((row) => !mine(row)).map(counted(['name', 'user', 'vhost'])),
    // The tool's own look at AMQP may still be listed for a moment.
    connections: (await rows('connections')).filter((row) => !mine(row)).map((row) => row['name']),
    nodes: (await rows('nodes')).map((row) => pick(row, ['name', 'os_pid', 'running'])),
  };
}

async function binlogView({ mariadb }: RunningLab): Promise<unknown> {
  const connection = await createConnection({
    socketPath: mariadb.socket,
    user: mariadb.root.user,
    password: await readFile(mariadb.root.passwordFile, 'utf8'),
  });
  try {
    const [status] = await connection.query('SHOW BINLOG STATUS');
    const [logs] = await connection.query('SHOW BINARY LOGS');
    const [gtid] = await connection.query('SELECT @@gtid_binlog_pos AS gtid');
    return { status, logs, gtid };
  } finally {
    await connection.end();
  }
}

/** Path, kind, mode, size, time of the last change and sha256 of everything below the folders, themselves included. */
async function filesView(folders: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const folder of folders) {
    const below = await readdir(folder, { recursive: true });
    for (const path of [folder, ...below.sort().map((name) => join(folder, name))]) {
      const stats = await lstat(path, { bigint: true });
      const content = stats.isFile()
        ? createHash('sha256')
            .update(await readFile(path))
            .digest('hex')
        : 'no file';
      lines.push(
        [relative(folder, path), stats.mode.toString(8), stats.size, stats.mtimeNs, stats.ctimeNs, content].join(' '),
      );
    }
  }
  return lines;
}

function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** The numbers of message_stats; rates are left out, they fall while nothing happens. */
function countersOf(stats: unknown): Row {
  return Object.fromEntries(Object.entries((stats ?? {}) as Row).filter(([, value]) => typeof value === 'number'));
}

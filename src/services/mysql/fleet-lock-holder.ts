import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { MysqlSettings } from '../../core/environment.ts';
import { Fault } from '../../core/fault.ts';
import type { JsonObject } from '../../core/json.ts';
import { visible } from '../../core/visible.ts';
import { mysqlIdentity } from './connect.ts';

/** Makes the Fault `lock.held` with everything that the server tells of the connection that holds a lock. */
export async function heldElsewhere(
  connection: Connection,
  settings: MysqlSettings,
  lock: string,
  id: number,
): Promise<Fault> {
  const ask = async (sql: string, ...values: readonly number[]): Promise<readonly RowDataPacket[]> =>
    (await connection.query<RowDataPacket[]>({ sql, values: [...values], timeout: settings.timeoutMs }))[0];
  const process = await processOf(ask, id);
  const attributes = await attributesOf(ask, id);
  const account = process === null ? '' : `, account ${process.account} from ${process.from}`;
  const run = attributes.known['esr_ops_run'];
  const by = attributes.known['esr_ops_user'];
  const who =
    run === undefined
      ? `Connection ${id} has the lock that operators share${account}; ${attributes.why}.`
      : `${by ?? 'Somebody'} is at work on this target already: run ${run} on ${attributes.known['esr_ops_host'] ?? '?'}, process ${attributes.known['esr_ops_pid'] ?? '?'}, since ${attributes.known['esr_ops_since'] ?? '?'} (connection ${id}${account}).`;
  return new Fault({
    code: 'lock.held',
    message: who,
    where: `${mysqlIdentity(settings)} lock ${lock}`,
    exit: 'locked',
    details: detailsOf(id, process, attributes.known),
    next: [
      run === undefined
        ? 'ask who is at work on this target'
        : `wait for run ${run} to end, or speak to ${by ?? 'them'}`,
      'esr-ops runs list',
    ],
  });
}

interface HolderProcess {
  readonly account: string;
  readonly from: string;
  readonly idleSeconds: number;
}

type Ask = (sql: string, ...values: readonly number[]) => Promise<readonly RowDataPacket[]>;

async function processOf(ask: Ask, id: number): Promise<HolderProcess | null> {
  try {
    const [row] = (await ask(
      'SELECT USER AS account, HOST AS peer, TIME AS idle FROM information_schema.PROCESSLIST WHERE ID = ?',
      id,
    )) as readonly { account?: unknown; peer?: unknown; idle?: unknown }[];
    if (row === undefined) return null;
    return { account: visible(String(row.account)), from: visible(String(row.peer)), idleSeconds: Number(row.idle) };
  } catch {
    return null;
  }
}

/** `why` says why the run is not known when it isn't. */
async function attributesOf(
  ask: Ask,
  id: number,
): Promise<{ readonly known: Readonly<Record<string, string>>; readonly why: string }> {
  try {
    const [schema] = (await ask('SELECT @@performance_schema AS is_on')) as readonly { is_on?: unknown }[];
    if (schema?.is_on !== 1)
      return { known: {}, why: "its run can't be seen, because the server's performance schema is off" };
    const rows = (await ask(
      'SELECT ATTR_NAME AS name, ATTR_VALUE AS value FROM performance_schema.session_connect_attrs WHERE PROCESSLIST_ID = ?',
      id,
    )) as readonly { name?: unknown; value?: unknown }[];
    const known = Object.fromEntries(
      rows
        .map(({ name, value }) => [String(name), visible(String(value).slice(0, 100))] as const)
        .filter(([name]) => name === 'program_name' || name.startsWith('esr_ops_')),
    );
    const program = known['program_name'];
    return {
      known,
      why: program === undefined ? 'it does not say what it is' : `its program is ${program}, and it names no run`,
    };
  } catch {
    return { known: {}, why: "its run can't be seen with this account" };
  }
}

function detailsOf(id: number, process: HolderProcess | null, known: Readonly<Record<string, string>>): JsonObject {
  return {
    connection: id,
    account: process?.account ?? null,
    from: process?.from ?? null,
    user: known['esr_ops_user'] ?? null,
    host: known['esr_ops_host'] ?? null,
    pid: known['esr_ops_pid'] === undefined ? null : Number(known['esr_ops_pid']),
    run: known['esr_ops_run'] ?? null,
    since: known['esr_ops_since'] ?? null,
  };
}

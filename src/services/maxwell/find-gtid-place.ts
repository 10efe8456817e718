import type { BinlogPosition } from '../../core/binlog-position.ts';
import { Fault, type Problem } from '../../core/fault.ts';
import { readGtidSet, type GivenGtidSet } from '../../core/given-gtid-set.ts';
import { rowsOf } from '../mysql/binlog-server.ts';
import { connectMysql, mysqlIdentity, type MysqlAccess } from '../mysql/connect.ts';
import { gtidsBeforeFile } from './file-gtids.ts';
import { scanBinlog } from './scan.ts';
import type { MaxwellScene } from './scene.ts';

/** A set whose place is looked for. */
export interface GtidRequest {
  readonly access: MysqlAccess;
  readonly scene: MaxwellScene;
  readonly set: GivenGtidSet;
  readonly signal: AbortSignal | undefined;
}

/**
 * Finds where the first transaction begins that is not in a set. Faults (exit blocked): `gtid.none` where the log holds
 * none, `gtid.not-executed`, `gtid.purged`, `gtid.other-server` where the log has another transaction by that number.
 */
export async function findGtidPlace(
  request: GtidRequest,
): Promise<{ readonly position: BinlogPosition; readonly warnings: readonly string[] }> {
  const { access, scene, set, signal } = request;
  const { files, flavour, end } = scene.server;
  const where = mysqlIdentity(access.settings);
  const blocked = (problem: Omit<Problem, 'exit' | 'where'>): Fault =>
    new Fault({ ...problem, where, exit: 'blocked' });
  const executed = await executedSet(request);
  if (!executed.contains(set))
    throw blocked({
      code: 'gtid.not-executed',
      message: `The server has not executed all of ${set.text}: it has ${executed.text === '' ? 'nothing' : executed.text}. A replay from there would leave changes out that are still to come.`,
      next: ['take a set that the server itself has shown, or a time: esr-ops maxwell locate --at TIME'],
    });
  const before = async (index: number): Promise<GivenGtidSet | null> => {
    const text = await gtidsBeforeFile(access, files[index]?.name ?? '', signal);
    return text === null ? null : readGtidSet(text, flavour);
  };
  const oldest = await before(0);
  if (oldest === null)
    throw blocked({
      code: 'gtid.none',
      message: `The binary log of ${where} holds no GTIDs.`,
      next: ['give a time or FILE:OFFSET with --to'],
    });
  if (!set.contains(oldest))
    throw blocked({
      code: 'gtid.purged',
      message: `Transactions that are not in ${set.text} were purged: the oldest file begins after ${oldest.text}. They can't be replayed any more.`,
      next: [`keep what is left: ${scene.server.retention.raise} (it brings nothing back)`],
    });
  let [low, high] = [0, files.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const there = await before(middle);
    if (there !== null && set.contains(there)) low = middle;
    else high = middle - 1;
  }
  const found: { position: BinlogPosition; before: string | null }[] = [];
  await scanBinlog({
    access,
    file: files[low]?.name ?? '',
    owner: scene.owner,
    signal,
    transaction: ({ transaction, gtidSetBefore }) => {
      if (transaction.gtid !== null && set.has(transaction.gtid)) return true;
      found.push({ position: transaction.start, before: gtidSetBefore() });
      return false;
    },
  });
  const [at] = found;
  const reachedText = at === undefined ? executed.text : at.before;
  const reached = reachedText === null ? null : readGtidSet(reachedText, flavour);
  const strange = flavour === 'mariadb' && reached !== null ? otherServer(set, reached) : null;
  if (strange !== null)
    throw blocked({
      code: 'gtid.other-server',
      message: `The log has ${strange.there} where the set has ${strange.given}: that transaction is another server's.`,
      next: ['take the set of this server: SELECT @@GLOBAL.gtid_binlog_pos'],
    });
  const gaps = reached !== null && !reached.contains(set);
  return {
    position: at?.position ?? end,
    warnings: gaps
      ? [
          scene.byGtid
            ? 'The set has gaps: some of it lies after the place where the replay begins. It is counted here, and not sent.'
            : 'The set has gaps: some of it lies after the place where the replay begins, and is sent again.',
        ]
      : [],
  };
}

async function executedSet({ access, scene }: GtidRequest): Promise<GivenGtidSet> {
  const { flavour } = scene.server;
  const connection = await connectMysql(access);
  try {
    const variable = flavour === 'mariadb' ? 'gtid_binlog_pos' : 'gtid_executed';
    const [row] = await rowsOf(connection, access, `SELECT @@GLOBAL.${variable} AS executed`);
    const found = row?.['executed'];
    return readGtidSet(typeof found === 'string' ? found : '', flavour);
  } finally {
    connection.destroy();
  }
}

/** MariaDB counts per domain whatever the server is: the same number of another server is another transaction. */
function otherServer(set: GivenGtidSet, reached: GivenGtidSet): { given: string; there: string } | null {
  for (const given of set.text.split(',')) {
    const [domain = '', server = '', sequence = ''] = given.split('-');
    const there = reached.text.split(',').find((gtid) => gtid.startsWith(`${domain}-`));
    const [, otherOne, same] = there?.split('-') ?? [];
    if (there !== undefined && same === sequence && otherOne !== server) return { given, there };
  }
  return null;
}

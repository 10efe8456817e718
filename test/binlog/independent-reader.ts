import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { MysqlAccess } from '../../src/services/mysql/connect.ts';

/** What the distribution's own tool says of the log. */
export interface IndependentLog {
  /** Transactions that hold rows of tcs.Placement: where each begins and ends, and the `mark` of its rows. */
  readonly transactions: readonly {
    readonly file: number;
    readonly start: number;
    readonly end: number;
    readonly marks: readonly number[];
  }[];
  /** Offsets at which a transaction may begin, by file number. */
  readonly boundaries: ReadonlyMap<number, ReadonlySet<number>>;
  /** Own reading of the rows' number, by table and operation. */
  readonly rows: ReadonlyMap<string, number>;
}

/** Reads the whole log with mariadb-binlog. Shares no code with the product. `files` are the log's names in order. */
export async function readIndependently(
  access: MysqlAccess,
  files: readonly string[],
  gtids: boolean,
): Promise<IndependentLog> {
  const transactions: { file: number; start: number; end: number; marks: number[] }[] = [];
  const boundaries = new Map<number, Set<number>>();
  const rows = new Map<string, number>();
  for (const name of files) {
    const file = Number(/\d+$/.exec(name)?.[0]);
    const child = spawn(
      'mariadb-binlog',
      [
        '--no-defaults',
        '--read-from-remote-server',
        '-h127.0.0.1',
        `-P${access.settings.port}`,
        `-u${access.settings.user}`,
        '-v',
        '--base64-output=DECODE-ROWS',
        name,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TZ: 'UTC', MYSQL_PWD: access.password } },
    );
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const known = new Set<number>([4]);
    boundaries.set(file, known);
    let at = 4;
    let start: number | null = null;
    let marks: number[] = [];
    let placement = false;
    for await (const line of createInterface({ input: child.stdout })) {
      const place = /^# at (\d+)$/.exec(line)?.[1];
      if (place !== undefined) at = Number(place);
      const event = /^#\d{6} +\d+:\d\d:\d\d server id \d+ +end_log_pos (\d+) (?:CRC32 0x[0-9a-f]+ )?\t(\S+)/.exec(line);
      if (event !== null) {
        const [, end = '', kind = ''] = event;
        if (kind === 'GTID') {
          start = at;
          known.add(at);
        } else if (start === null && !gtids && kind === 'Query') {
          start = at;
          known.add(at);
        } else if (kind === 'Xid') {
          transactions.push({ file, start: start ?? at, end: Number(end), marks });
          known.add(Number(end));
          start = null;
          marks = [];
        }
      }
      const row = /^### (INSERT INTO|UPDATE|DELETE FROM) (\S+)/.exec(line);
      if (row !== null) {
        const key = `${row[2] ?? ''} ${(row[1] ?? '').split(' ')[0] ?? ''}`.replaceAll('`', '');
        rows.set(key, (rows.get(key) ?? 0) + 1);
        placement = key.startsWith('tcs.Placement ');
      }
      const mark = placement ? /^### {3}@2=(-?\d+)/.exec(line)?.[1] : undefined;
      if (mark !== undefined) marks.push(Number(mark));
    }
    if (transactions.length === 0 && said !== '' && !/Warning|deprecated/i.test(said)) throw new Error(said);
  }
  return { transactions, boundaries, rows };
}

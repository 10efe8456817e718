import { Fault } from './fault.ts';
import { mariadbGtidSet, mysqlGtidSet } from './gtid-set.ts';

/** A GTID set that somebody wrote, or that a server or a log tells of; read once, then asked. */
export interface GivenGtidSet {
  /** Whose notation: `uuid:1-5:8` is MySQL's, `0-1-7` (all of a domain up to there) MariaDB's. */
  readonly form: 'mysql' | 'mariadb';
  /** Normalised: intervals put together, sources in order; '' for the empty set. */
  readonly text: string;
  /** Whether one transaction is in it. */
  has(gtid: string): boolean;
  /** Whether all of the other set is in it. */
  contains(other: GivenGtidSet): boolean;
}

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const ofMysql = new RegExp(String.raw`^${uuid}(:\d{1,16}(-\d{1,16})?)+$`, 'i');
const taggedOfMysql = new RegExp(String.raw`^${uuid}(:[a-z_][a-z0-9_]{0,31})`, 'i');
const ofMariadb = /^\d{1,10}-\d{1,10}-\d{1,16}$/;

/** Whether a text is meant as a GTID set, right or wrong: a UUID with numbers behind it, or three numbers. */
export function meansGtidSet(text: string): boolean {
  const [first = ''] = text.trim().split(/\s*,\s*/);
  return new RegExp(`^${uuid}:`, 'i').test(first) || ofMariadb.test(first);
}

/** Reads a set. Fault `gtid.set` (exit usage) for anything else; `form` says what '' is and what is expected. */
export function readGtidSet(text: string, form?: GivenGtidSet['form']): GivenGtidSet {
  const parts = text
    .replaceAll(/\s+/g, '')
    .split(',')
    .filter((part) => part !== '');
  const is = form ?? (parts.every((part) => ofMariadb.test(part)) ? 'mariadb' : 'mysql');
  const wrong = parts.find((part) => !(is === 'mariadb' ? ofMariadb : ofMysql).test(part));
  if (wrong !== undefined) throw notRead(text, wrong, is);
  return is === 'mariadb' ? readMariadb(parts, text) : readMysql(parts, text);
}

function readMysql(parts: readonly string[], text: string): GivenGtidSet {
  const set = mysqlGtidSet();
  set.reset(parts.join(',').toLowerCase());
  const normal = set.text() ?? '';
  const intervals = new Map(
    (normal === '' ? [] : normal.split(',')).map((part) => {
      const [source = '', ...all] = part.split(':');
      return [source, all.map((one) => bounds(one))] as const;
    }),
  );
  for (const [from, to] of [...intervals.values()].flat())
    if (from < 1 || to < from || !Number.isSafeInteger(to)) throw notRead(text, `${from}-${to}`, 'mysql');
  const covers = (source: string, from: number, to: number): boolean =>
    intervals.get(source)?.some(([low, high]) => low <= from && to <= high) === true;
  return {
    form: 'mysql',
    text: normal,
    has: (gtid) => {
      const [source = '', number = ''] = gtid.split(':');
      return covers(source, Number(number), Number(number));
    },
    contains: (other) => {
      if (other.form !== 'mysql') return false;
      return other.text.split(',').every((part) => {
        const [source = '', ...all] = part.split(':');
        return all.every((one) => covers(source, ...bounds(one)));
      });
    },
  };
}

function bounds(interval: string): [number, number] {
  const [from = '', to = from] = interval.split('-');
  return [Number(from), Number(to)];
}

function readMariadb(parts: readonly string[], text: string): GivenGtidSet {
  const last = new Map(parts.map((part) => [domainOf(part), sequenceOf(part)]));
  if (last.size < parts.length) throw notRead(text, 'the same domain twice', 'mariadb');
  const set = mariadbGtidSet();
  set.reset(parts.join(','));
  const has = (gtid: string): boolean => sequenceOf(gtid) <= (last.get(domainOf(gtid)) ?? -1);
  return {
    form: 'mariadb',
    text: set.text() ?? '',
    has,
    contains: (other) => other.form === 'mariadb' && other.text.split(',').every((part) => part === '' || has(part)),
  };
}

/** Domain of MariaDB's `domain-server-sequence`. */
function domainOf(gtid: string): number {
  return Number(gtid.split('-')[0]);
}

function sequenceOf(gtid: string): number {
  return Number(gtid.split('-')[2]);
}

function notRead(text: string, part: string, form: GivenGtidSet['form']): Fault {
  const tagged = taggedOfMysql.test(part) ? ' Sets with tags (MySQL 8.3) can not be read here.' : '';
  return new Fault({
    code: 'gtid.set',
    message: `${JSON.stringify(text)} is no GTID set of ${form === 'mysql' ? 'MySQL' : 'MariaDB'}: ${JSON.stringify(part)}.${tagged}`,
    exit: 'usage',
    next: [
      form === 'mysql'
        ? 'write it as MySQL prints it: 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77 (SELECT @@GLOBAL.gtid_executed)'
        : 'write it as MariaDB prints it: 0-1-77, domain-server-sequence (SELECT @@GLOBAL.gtid_binlog_pos)',
    ],
  });
}

/** GTIDs that were executed, growing as a binlog is read. */
export interface GtidSet {
  /** Replaces everything by the set that a binlog file says it begins with. */
  reset(text: string): void;
  /** Adds one transaction. */
  add(gtid: string): void;
  /** In the server's own notation; null as long as the log holds no GTIDs. */
  text(): string | null;
}

/** MariaDB: the last `domain-server-sequence` of each domain. */
export function mariadbGtidSet(): GtidSet {
  const last = new Map<string, string>();
  const add = (gtid: string): void => {
    last.set(gtid.slice(0, gtid.indexOf('-')), gtid);
  };
  return {
    reset: (text) => {
      last.clear();
      for (const gtid of text.split(',')) if (gtid !== '') add(gtid);
    },
    add,
    text: () =>
      last.size === 0
        ? null
        : [...last.values()].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).join(','),
  };
}

/** MySQL: intervals of numbers by server UUID (and tag), `uuid:1-5:8,uuid:1`. */
export function mysqlGtidSet(): GtidSet {
  const known = new Map<string, [number, number][]>();
  const include = (source: string, from: number, to: number): void => {
    const intervals = known.get(source) ?? [];
    known.set(source, intervals);
    const tail = intervals.at(-1);
    if (tail !== undefined && from === tail[1] + 1) {
      tail[1] = to;
      return;
    }
    intervals.push([from, to]);
    intervals.sort((a, b) => a[0] - b[0]);
    for (let at = intervals.length - 1; at > 0; at -= 1) {
      const [left, right] = [intervals[at - 1], intervals[at]];
      if (left === undefined || right === undefined || right[0] > left[1] + 1) continue;
      left[1] = Math.max(left[1], right[1]);
      intervals.splice(at, 1);
    }
  };
  const add = (text: string): void => {
    const [source = '', ...parts] = text.trim().split(':');
    for (const part of parts) {
      const [from = '', to = from] = part.split('-');
      include(source, Number(from), Number(to));
    }
  };
  return {
    reset: (text) => {
      known.clear();
      for (const part of text.split(',')) if (part.trim() !== '') add(part);
    },
    add,
    text: () =>
      known.size === 0
        ? null
        : [...known]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([source, all]) => `${source}:${all.map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)).join(':')}`)
            .join(','),
  };
}

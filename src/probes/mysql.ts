import type { Finding } from '../core/finding.ts';
import type { BinlogSight, DatabaseSight } from '../core/ports-database.ts';
import type { Problem } from '../core/fault.ts';
import { finding, looked, notConfigured, type Probe } from './probe.ts';

/** Files that are kept for less than this leave no time to notice and to repair, seconds. */
const leastKeptSeconds = 24 * 3600;

/** The database: reachable, and its binary log such that CDC can read it. */
export const mysqlProbe: Probe = {
  place: 'mysql',
  look: async ({ database, environment }) => {
    if (database === null) return notConfigured('database', 'no mysql section');
    const seen = await database.look();
    if (seen.is === 'unseen') return looked(database.identity, {}, [unreachable(seen.problem)]);
    const { value } = seen;
    const reads = typeof environment.cdc !== 'string';
    return looked(
      `${/mariadb/i.test(value.version) ? 'MariaDB' : 'MySQL'} ${version(value)}`,
      {
        figure: value.binlog === null ? 'answers' : figureOf(value.binlog),
        figures: { binlogFiles: value.binlog?.files ?? null, keptSeconds: value.binlog?.keptSeconds ?? null },
        since: { ms: value.startedMs, how: 'since' },
      },
      reads ? binlogFindings(value.binlog) : [],
    );
  },
};

function version({ version: text }: DatabaseSight): string {
  return /^\d+(\.\d+)*/.exec(text)?.[0] ?? text;
}

function figureOf({ on, files, bytes, keptSeconds }: BinlogSight): string {
  if (!on) return 'no binary log';
  const kept = keptSeconds === null ? 'never removed by age' : `kept ${Math.round(keptSeconds / 3600)} h`;
  return `${files} binlog file${files === 1 ? '' : 's'}, ${Math.ceil(bytes / 2 ** 20)} MiB, ${kept}`;
}

function unreachable(problem: Problem): Finding {
  const refused = problem.exit === 'usage';
  return finding({
    code: refused ? 'mysql.refused' : 'mysql.unreachable',
    place: 'mysql',
    // Somebody who does not answer in a second may be busy: only a refusal says that nobody is there.
    severity: refused || problem.code === 'probe.timeout' ? 'unseen' : 'broken',
    message: problem.message,
    evidence: [problem.code],
    meaning: refused
      ? 'The database answers and does not let this tool in; whether it works for others is not known.'
      : 'Nothing can be read of the database from here: neither CDC nor a service can do its work if it is down for them, too.',
    blocks: refused
      ? ["seeing CDC's position", 'the lock that operators share']
      : ['CDC', 'every recovery that replays changes', 'the lock that operators share'],
    confidence: problem.code === 'mysql.unreachable' ? 'certain' : 'likely',
    next: {
      byHand: refused
        ? 'Correct the account or TLS settings of the mysql section.'
        : 'See with the provider of the database, or on its host, whether the server runs, and start it.',
      command: 'esr-ops config check',
    },
  });
}

function binlogFindings(binlog: BinlogSight | null): readonly Finding[] {
  if (binlog === null)
    return [
      finding({
        code: 'mysql.binlog-hidden',
        place: 'mysql',
        severity: 'unseen',
        message: "The account may not see the binary log, which CDC's position lies in.",
        meaning: 'Whether CDC can go on from its position, and how much a replay would send, cannot be known.',
        blocks: ['recovering CDC with a replay'],
        next: {
          byHand: 'GRANT REPLICATION CLIENT ON *.* TO the account (MariaDB calls it BINLOG MONITOR).',
          command: 'esr-ops config check',
        },
      }),
    ];
  if (!binlog.on || binlog.format !== 'ROW')
    return [
      finding({
        code: binlog.on ? 'mysql.binlog-not-row' : 'mysql.binlog-off',
        place: 'mysql',
        severity: 'broken',
        message: binlog.on
          ? `The binary log is written as ${binlog.format}, not as ROW.`
          : 'The binary log is switched off.',
        figure: binlog.on ? `binlog_format = ${binlog.format}` : 'log_bin = OFF',
        evidence: [binlog.on ? `binlog_format = ${binlog.format}` : 'log_bin = OFF'],
        meaning:
          'Changes made now are not recorded in a form that CDC can read: they reach nobody, and no replay brings them back.',
        blocks: ['CDC', 'replays'],
        next: {
          byHand: binlog.on
            ? "SET GLOBAL binlog_format = 'ROW', then reconnect all clients."
            : 'Set log_bin and restart the server.',
          command: 'esr-ops status',
        },
      }),
    ];
  const { keptSeconds, retention } = binlog;
  if (keptSeconds === null || keptSeconds >= leastKeptSeconds) return [];
  return [
    finding({
      code: 'mysql.binlog-short',
      place: 'mysql',
      severity: 'advice',
      message: `The database keeps its binary log for ${Math.round(keptSeconds / 3600)} h only.`,
      figure: retention.setting,
      evidence: [retention.setting],
      meaning: 'An outage of CDC that is found later than that loses changes for good.',
      blocks: [],
      next: { byHand: `${retention.raise} (somebody who may).`, command: 'esr-ops status' },
    }),
  ];
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/core/messages.ts';
import { maxwellFindings, type MaxwellOverview } from '../../src/core/maxwell-overview.ts';
import { bar } from '../../src/terminal/bar.ts';
import { layOut } from '../../src/terminal/lines.ts';
import { columnsOf } from '../../src/terminal/wrap.ts';
import { bytes } from '../../src/terminal/maxwell-text.ts';
import { createStyle, type Style } from '../../src/terminal/style.ts';
import { renderMessage } from '../../src/terminal/text.ts';
import { atMs, connection, located, overview, preview, status, target } from './payloads.ts';

const styleOf = (columns = 80, lang = 'en_GB.UTF-8'): Style =>
  createStyle({ stream: { columns }, color: 'never', env: { LANG: lang }, timezone: 'Europe/London' });
const rowsOf = (message: Message, style: Style = styleOf()): readonly string[] =>
  layOut(renderMessage(message, style), style, (text) => text);
const text = (message: Message, style?: Style): string => rowsOf(message, style).join('\n');
const consumers = [
  { name: 'notifications', queue: null, onDuplicate: 'unknown', note: 'not known to be recognised' },
] as const;
const shown = (change: Partial<ReturnType<typeof preview>> = {}): Message => ({
  code: 'maxwell.previewed',
  payload: { preview: preview(change), located: null, untilMs: null, consumers },
});
const seen = (change: Partial<MaxwellOverview> = {}): Message => ({
  code: 'maxwell.shown',
  payload: { overview: overview(change), findings: maxwellFindings(overview(change)) },
});

describe('a located time', () => {
  it('says where, that it is proven and why, with times in UTC and local on both sides of a clock change', () => {
    expect(text({ code: 'maxwell.located', payload: { located: located() } })).toMatchInlineSnapshot(`
      "Position for 2026-03-29 00:59:00Z (00:59 Europe/London): mysql-bin.000042:1234
      ✓ proven, by Maxwell's own heartbeat
        It is the end of Maxwell's own heartbeat.

        file      mysql-bin.000042
        offset    1234
        GTID set  0-7-99
        heartbeat 1774745935800: 2026-03-29 00:58:55Z (00:58 Europe/London), read in
                  the log
        distance  4.2 s before the time asked for
        before    Xid of 2026-03-29 00:58:56Z (00:58 Europe/London), up to
                  mysql-bin.000042:1234
        after     Gtid of 2026-03-29 01:01:00Z (02:01 Europe/London), up to
                  mysql-bin.000042:1276
        schema    row 3 from mysql-bin.000001:4
        stored    mysql-bin.000044:567, heartbeat of 2026-03-29 01:59:00Z
                  (02:59 Europe/London)
        server id 7

      Read 393 KB of 20 files in 121 ms. Nothing was changed."
    `);
  });
  it('says that it is not proven, what the margin is, and where the next proven place is', () => {
    const unproven = located({
      proven: false,
      basis: 'header-times',
      marginMs: 900_000,
      gtidSet: null,
      heartbeat: null,
      heartbeatFrom: null,
      before: null,
      after: null,
      schema: { chosen: null, later: [], warnings: ['No row of `schemas` fits.'] },
      ddls: [
        {
          statement: 'ALTER TABLE Post ADD COLUMN x int',
          schema: 'tcs',
          atMs,
          end: { file: 'mysql-bin.000042', offset: 2_000 },
        },
      ],
      stored: null,
      provenBefore: { file: 'mysql-bin.000040', offset: 77, heartbeat: atMs - 7_200_000 },
      warnings: ['The clocks differ.'],
    });
    expect(text({ code: 'maxwell.located', payload: { located: unproven } })).toMatchInlineSnapshot(`
      "Position for 2026-03-29 00:59:00Z (00:59 Europe/London): mysql-bin.000042:1234
      ▲ not proven, by the times at which statements began; margin 15 min 00 s
        It is the end of Maxwell's own heartbeat.

        file      mysql-bin.000042
        offset    1234
        GTID set  none in this log
        heartbeat none is known
        distance  4.2 s before the time asked for
        before    the log begins here
        after     the log ends here
        schema    no row fits
        stored    none for this server
        server id 7
        proven    mysql-bin.000040:77, further back (2026-03-28 22:59:00Z
                  (22:59 Europe/London))

      1 statement outside transactions (DDL)
        • 2026-03-29 00:59:00Z (00:59 Europe/London), up to mysql-bin.000042:2000
          in tcs: ALTER TABLE Post ADD COLUMN x int

      ▲ The clocks differ.
      ▲ No row of \`schemas\` fits.

      Read 393 KB of 20 files in 121 ms. Nothing was changed."
    `);
  });
  it('does not say that the log ends where it begins', () => {
    const start = located({ basis: 'log-start', proven: false, before: null, after: null, gtidSet: null });
    const said = text({ code: 'maxwell.located', payload: { located: start } });
    expect(said).toMatch(/GTID set +not looked at[^]*before +the log begins here[^]*after +not looked at/);
  });
});

describe('a preview', () => {
  it('counts by table, operation and minute, and gives ranges with their reasons', () => {
    expect(text(shown())).toMatchInlineSnapshot(`
      "A replay from mysql-bin.000042:1234 would send 1300 rows
        counted to   mysql-bin.000044:999, the end of the log
        in           310 transactions, 2.3 MB of the log
        left out     20 rows by the filter exclude: *.*, include: tcs.*

      May come twice: 0 to 1205 rows
          • 1200 rows lie before the stored position.
          • notifications: what a second one does is not known: not known to be
            recognised
      Never published before: 95 to 100 rows
          • 100 rows lie after the stored position.

      Rows by table
                            insert  update  delete
        tcs.Placement         1000     200       0
        tcs.Post                90       0      10
        maxwell.heartbeats       0      20       0  left out

      Rows by minute, by when their statements began
        2026-03-29 00:59Z (00:59)  1000  █████████████████████████████████████████████
        2026-03-29 01:00Z (02:00)   299  █████████████▌
        2026-03-29 01:02Z (02:02)     1  ▏

      Read 2.4 MB in 300 ms. Nothing was changed or sent."
    `);
  });
  it('says how a time became its start, where it ends, and that a filter could not be applied', () => {
    const message: Message = {
      code: 'maxwell.previewed',
      payload: {
        preview: preview({
          rows: 0,
          tables: [],
          overTime: [],
          filter: { expression: '', applied: false, why: 'not known' },
          warnings: ['not known'],
        }),
        located: located({ proven: false }),
        untilMs: atMs + 60_000,
        consumers: [],
      },
    };
    const said = text(message).replace(/\s+/g, ' ');
    expect(said).toContain('would send 0 rows');
    expect(said).toContain('2026-03-29 00:59:00Z (00:59 Europe/London) (not proven;');
    expect(said).toContain('for 2026-03-29 01:00:00Z (02:00 Europe/London)');
    expect(said).toContain('could not be applied');
    expect(said).not.toContain('Rows by');
  });
  it('draws bars in ASCII where Unicode is not shown, and as wide as there is room', () => {
    const bars = (style: Style) => rowsOf(shown(), style).filter((row) => /#|█|▏/.test(row));
    expect(bars(styleOf(60, 'C'))).toMatchInlineSnapshot(`
      [
        "  2026-03-29 00:59Z (00:59)  1000  #########################",
        "  2026-03-29 01:00Z (02:00)   299  #######",
        "  2026-03-29 01:02Z (02:02)     1  #",
      ]
    `);
    for (const columns of [40, 60, 100]) {
      const widths = bars(styleOf(columns)).map(columnsOf);
      expect(Math.max(...widths)).toBe(columns);
    }
    expect(bars(styleOf(60, 'C')).join('')).toMatch(/^[ -~]*$/);
  });
  it('puts stretches together rather than fill a screen, and loses no row', () => {
    const overTime = Array.from({ length: 1_440 }, (_, at) => ({ fromMs: atMs + at * 60_000, rows: at + 1 }));
    const rows = rowsOf(shown({ overTime }));
    const from = rows.findIndex((row) => row.startsWith('Rows by') && row.includes('60 minutes'));
    const stretches = rows.slice(from + 1, rows.indexOf('', from));
    expect(stretches.length).toBeLessThanOrEqual(30);
    const sum = stretches.reduce((total, row) => total + Number(/\)\s+(\d+)/.exec(row)?.[1]), 0);
    expect(sum).toBe((1_440 * 1_441) / 2);
  });
  it('shows hostile names of tables for what they are, one row each', () => {
    const names = ['Post\n✓ proven', '\u{1b}[2J\u{1b}[31mred', 'a`b', 'x  99  99', '\u{202e}evil', '', 'Übung'];
    const tables = names.map((table) => ({ schema: 'tcs', table, insert: 1, update: 2, delete: 3, sent: true }));
    const rows = rowsOf(shown({ tables }));
    const from = rows.indexOf('Rows by table');
    expect(rows.slice(from, rows.indexOf('', from))).toMatchInlineSnapshot(`
      [
        "Rows by table",
        "                                insert  update  delete",
        "  tcs.\`Post\\n✓ proven\`               1       2       3",
        "  tcs.\`\\u{1b}[2J\\u{1b}[31mred\`       1       2       3",
        "  tcs.\`a\`\`b\`                         1       2       3",
        "  tcs.\`x  99  99\`                    1       2       3",
        "  tcs.\`\\u{202e}evil\`                 1       2       3",
        "  tcs.\`\`                             1       2       3",
        "  tcs.Übung                          1       2       3",
      ]
    `);
  });
  it('puts out nothing that a terminal acts on, whatever the names and statements', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, statement) => {
        const tables = [{ schema: name, table: name, insert: 1, update: 0, delete: 0, sent: true }];
        const end = { file: 'mysql-bin.000001', offset: 4 };
        const rows = rowsOf(shown({ tables, ddls: [{ statement, schema: name, atMs, end }], ddlCount: 1 }));
        expect(rows.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        const from = rows.indexOf('Rows by table');
        const table = rows.slice(from + 2, rows.indexOf('', from));
        expect(table.filter((row) => / 1 {7}0 {7}0$/.test(row))).toHaveLength(1);
      }),
    );
  });
  it('names the first tables and says how many more there are', () => {
    const tables = Array.from({ length: 400 }, (_, at) => ({
      schema: 'tcs',
      table: `t${at}`,
      insert: 400 - at,
      update: 0,
      delete: 0,
      sent: true,
    }));
    expect(text(shown({ tables }))).toContain('and 375 more tables');
  });
});

describe('the state of CDC', () => {
  it('says everything of one that is well', () => {
    expect(text(seen())).toMatchInlineSnapshot(`
      "Maxwell of prod
        process    running (container maxwell: running, Pid 42)
        heartbeat  alive as of 2026-03-29 00:58:59Z (00:58 Europe/London), 807 ms ago
                   by the database's clock
        lag        at most 1.8 s, 6.7 KB
        position   mysql-bin.000044:567, heartbeat of 2026-03-29 01:59:00Z
                   (02:59 Europe/London)
        log ends   mysql-bin.000044:7267
        client id  maxwell, on server id 7
        publishes  as cdc into vhost esr, exchange maxwell (fanout, durable), on
                   broker.example.org:5672
        connected  to vhost esr since 2026-03-28 00:59:00Z (00:59 Europe/London):
                   10.0.0.1:1 -> 10.0.0.2:5672
        log        its last lines
          INFO  Maxwell - Maxwell v1.41.0 is booting

      ✓ Nothing is wrong as far as can be seen."
    `);
  });
  it('says what is wrong, and what is not known', () => {
    const message = seen({
      status: status({
        looks: 'quiet',
        heartbeatAgeMs: 5_400_000,
        lagMs: 5_400_000,
        lagBytes: null,
        positionReadable: false,
        otherClients: [{ ...status().stored!, clientId: 'bootstrap' }],
      }),
      process: { is: 'stopped', evidence: ['container maxwell: exited, ExitCode 143'] },
      target: target({ vhost: 'old', warnings: ['rabbitmq_uri names the vhost "esr".'] }),
      connections: [connection('old')],
      log: null,
      problems: [{ code: 'cdc.control-failed', message: 'No log can be had.', exit: 'failed' }],
    });
    expect(text(message)).toMatchInlineSnapshot(`
      "Maxwell of prod
        process    stopped (container maxwell: exited, ExitCode 143)
        heartbeat  quiet since 2026-03-29 00:58:59Z (00:58 Europe/London), 1 h 30 min
                   ago by the database's clock
        lag        at most 1 h 30 min, bytes not known
        position   mysql-bin.000044:567, heartbeat of 2026-03-29 01:59:00Z
                   (02:59 Europe/London)
        log ends   mysql-bin.000044:7267
        client id  maxwell, on server id 7
        other      client bootstrap: mysql-bin.000044:567, heartbeat of
                   2026-03-29 01:59:00Z (02:59 Europe/London)
        publishes  as cdc into vhost old, exchange maxwell (fanout, durable), on
                   broker.example.org:5672
        connected  to vhost old since 2026-03-28 00:59:00Z (00:59 Europe/London):
                   10.0.0.1:1 -> 10.0.0.2:5672

      ▲ rabbitmq_uri names the vhost "esr".

      ✗ Its process is stopped.
      ✗ The file of its stored position, mysql-bin.000044, was purged: it can't go on
        from there.
      ✗ It is 5400 s behind.
      ✗ Its configuration makes it publish into vhost "old", not "esr".
      ✗ Its user cdc has no connection to vhost esr on the broker.
      ✗ Its user cdc is connected to vhost "old".
      ✗ Could not be seen: No log can be had."
    `);
  });
  it('shows what could be read when the rest could not', () => {
    const blind = text(seen({ status: null, process: null, target: null, connections: null, log: [] }));
    expect(blind).toMatch(/database\s+not known/);
    expect(blind).toMatch(/log\s+empty/);
  });
});

describe('a bar', () => {
  it.each([
    [0, 10, 8, ''],
    [10, 10, 8, '████████'],
    [5, 10, 8, '████'],
    [1, 1_000_000, 8, '▏'],
    [3, 0, 8, ''],
    [3, 10, 0, ''],
    [20, 10, 2, '██'],
  ])('of %i of %i in %i columns', (value, most, columns, expected) => {
    expect(bar(value, most, columns, styleOf())).toBe(expected);
  });
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 KB'],
  [2_345_678, '2.3 MB'],
  [393_000, '393 KB'],
  [1.1e9, '1.1 GB'],
])('%i bytes are %s', (count, expected) => {
  expect(bytes(count)).toBe(expected);
});

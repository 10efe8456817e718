import { positionText } from '../core/binlog-position.ts';
import type { Located, LocateBasis, NearbyEvent } from '../core/locate.ts';
import type { StoredPosition } from '../core/maxwell.ts';
import type { MaxwellStatus } from '../core/maxwell-status.ts';
import type { MaxwellOverview } from '../core/maxwell-overview.ts';
import type { Messages } from '../core/messages.ts';
import type { SchemaChoice } from '../core/schema-choice.ts';
import { blank, indented, line, toned, type Line, type Part } from './lines.ts';
import { heading, labelled, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { duration, instant } from './times.ts';
import { plural } from './value-words.ts';

const ddlsShown = 10;

/** A time as a position: where, how sure, why, and what goes with it. */
export function locatedLines({ located }: Messages['maxwell.located'], style: Style): readonly Line[] {
  const at = (ms: number): string => instant(ms, style.timezone);
  const { heartbeat, provenBefore } = located;
  const atStart = located.basis === 'log-start';
  return [
    line('Position for ', toned('strong', wantedWords(located, at)), ': ', toned('strong', positionText(located))),
    verdictLine(located, style),
    ...located.why.map((sentence) => indented(2, [sentence])),
    blank,
    labelled(2, 'file     ', located.file),
    labelled(2, 'offset   ', String(located.offset)),
    labelled(2, 'GTID set ', gtidWords(located)),
    labelled(
      2,
      'heartbeat',
      heartbeat === null ? 'none is known' : `${heartbeat}: ${at(heartbeat)}, ${heartbeatSource(located)}`,
    ),
    ...(located.distanceMs === null ? [] : [labelled(2, 'distance ', distanceWords(located.distanceMs))]),
    labelled(2, 'before   ', eventWords(located.before, 'the log begins here', at)),
    labelled(2, 'after    ', eventWords(located.after, atStart ? 'not looked at' : 'the log ends here', at)),
    labelled(2, 'schema   ', schemaWords(located.schema)),
    labelled(2, 'stored   ', storedWords(located.stored, at)),
    labelled(2, 'server id', String(located.serverId)),
    ...(provenBefore === null
      ? []
      : [labelled(2, 'proven   ', `${positionText(provenBefore)}, further back (${at(provenBefore.heartbeat)})`)]),
    ...ddlLines(located.ddls, located.ddls.length, style),
    ...warningsLines([...located.warnings, ...located.schema.warnings], style),
    blank,
    line(
      toned(
        'faint',
        `Read ${bytes(located.cost.bytesRead)} of ${plural(located.cost.files, 'file')} in ${duration(located.cost.ms)}. Nothing was changed.`,
      ),
    ),
  ];
}

function verdictLine({ proven, basis, marginMs }: Located, style: Style): Line {
  const { good, warn } = style.symbols;
  return proven
    ? indented(0, [toned('good', `${good} proven`), `, by ${basisWords[basis]}`], 2)
    : indented(0, [toned('warn', `${warn} not proven`), `, by ${basisWords[basis]}; margin ${duration(marginMs)}`], 2);
}

const basisWords: Readonly<Record<LocateBasis, string>> = {
  heartbeat: "Maxwell's own heartbeat",
  'commit-timestamps': "the server's commit times",
  'header-times': 'the times at which statements began',
  'log-start': 'the beginning of the log as it is left',
  position: 'reading the log there',
  'gtid-set': 'the GTIDs in the log',
};

function heartbeatSource({ heartbeatFrom }: Located): string {
  switch (heartbeatFrom) {
    case 'binlog':
      return 'read in the log';
    case 'heartbeats-table':
      return "Maxwell's last one";
    case 'schema-row':
      return 'of the schema that holds there';
    case null:
      return 'of unknown origin';
    default:
      return heartbeatFrom satisfies never;
  }
}

function gtidWords({ gtidSet, basis }: Located): string {
  if (gtidSet !== null) return gtidSet === '' ? '(empty)' : gtidSet;
  return basis === 'log-start' ? 'not looked at' : 'none in this log';
}

/** What the position was found for. */
function wantedWords({ atMs, basis }: Located, at: (ms: number) => string): string {
  if (atMs !== null) return at(atMs);
  return basis === 'gtid-set' ? 'that GTID set' : 'that place';
}

function distanceWords(distanceMs: number): string {
  return distanceMs >= 0
    ? `${duration(distanceMs)} before the time asked for`
    : `${duration(-distanceMs)} after the time asked for`;
}

function eventWords(event: NearbyEvent | null, none: string, at: (ms: number) => string): string {
  return event === null ? none : `${event.event} of ${at(event.atMs)}, up to ${positionText(event.end)}`;
}

function schemaWords({ chosen, later }: SchemaChoice): string {
  const after = later.length === 0 ? '' : `; ${plural(later.length, 'later one')}, met again on the way`;
  if (chosen === null) return `no row fits${after}`;
  const from = chosen.position === null ? '' : ` from ${positionText(chosen.position)}`;
  return `row ${chosen.id}${from}${after}`;
}

function storedWords(stored: StoredPosition | null, at: (ms: number) => string): string {
  if (stored === null) return 'none for this server';
  const place = stored.position === null ? (stored.gtidSet ?? 'without a position') : positionText(stored.position);
  return stored.lastHeartbeatRead === null ? place : `${place}, heartbeat of ${at(stored.lastHeartbeatRead)}`;
}

/** Statements outside transactions, the first few. */
export function ddlLines(ddls: Located['ddls'], count: number, style: Style): readonly Line[] {
  if (count === 0) return [];
  const shown = ddls.slice(0, ddlsShown);
  return [
    blank,
    heading(`${plural(count, 'statement')} outside transactions (DDL)`),
    ...shown.flatMap(({ statement, schema, atMs, end }) => [
      indented(2, [`${style.symbols.bullet} ${instant(atMs, style.timezone)}, up to ${positionText(end)}`], 2),
      indented(4, [...(schema === '' ? [] : ([toned('faint', `in ${schema}: `)] satisfies Part[])), statement], 2),
    ]),
    ...(count > shown.length ? [indented(2, [`and ${count - shown.length} more`])] : []),
  ];
}

/** Warnings, each once. */
export function warningsLines(warnings: readonly string[], style: Style): readonly Line[] {
  return warnings.length === 0 ? [] : [blank, ...[...new Set(warnings)].map((text) => warningLine(style, text))];
}

/** What can be seen of Maxwell, and what is wrong. */
export function overviewLines({ overview, findings }: Messages['maxwell.shown'], style: Style): readonly Line[] {
  const { process, target, connections, log } = overview;
  const notSeen = 'not known';
  return [
    heading(`Maxwell of ${overview.environment}`),
    labelled(2, 'process   ', process === null ? notSeen : `${process.is} (${process.evidence.join('; ')})`),
    ...(overview.status === null ? [labelled(2, 'database  ', notSeen)] : statusLines(overview.status, style)),
    labelled(
      2,
      'publishes ',
      target === null
        ? notSeen
        : `as ${target.user} into vhost ${target.vhost}, exchange ${target.exchange} (${target.type}${target.durable ? ', durable' : ''}), on ${target.host ?? 'no host'}:${target.port}`,
    ),
    ...connectionLines(connections, style),
    ...(log === null ? [] : [labelled(2, 'log       ', log.length === 0 ? 'empty' : 'its last lines')]),
    ...(log ?? []).map((row) => indented(4, [toned('faint', row)], 2)),
    ...warningsLines([...(overview.status?.warnings ?? []), ...(target?.warnings ?? [])], style),
    blank,
    ...(findings.length === 0
      ? [indented(0, [toned('good', `${style.symbols.good} `), 'Nothing is wrong as far as can be seen.'], 2)]
      : findings.map((text) => indented(0, [toned('bad', `${style.symbols.bad} `), text], 2))),
  ];
}

function statusLines(status: MaxwellStatus, style: Style): readonly Line[] {
  const at = (ms: number): string => instant(ms, style.timezone);
  const { heartbeat, heartbeatAgeMs, lagMs, lagBytes } = status;
  return [
    labelled(
      2,
      'heartbeat ',
      heartbeat === null
        ? 'never seen'
        : `${status.looks === 'quiet' ? 'quiet since' : 'alive as of'} ${at(heartbeat.heartbeat)}, ${duration(heartbeatAgeMs ?? 0)} ago by the database's clock`,
    ),
    labelled(
      2,
      'lag       ',
      `${lagMs === null ? 'not known' : `at most ${duration(lagMs)}`}, ${lagBytes === null ? 'bytes not known' : bytes(lagBytes)}`,
    ),
    labelled(2, 'position  ', storedWords(status.stored, at)),
    labelled(2, 'log ends  ', positionText(status.end)),
    labelled(2, 'client id ', `${status.clientId}, on server id ${status.serverId}`),
    ...status.storedElsewhere.map((row) =>
      labelled(2, 'elsewhere ', `server id ${row.serverId}: ${storedWords(row, at)}`),
    ),
    ...status.otherClients.map((row) => labelled(2, 'other     ', `client ${row.clientId}: ${storedWords(row, at)}`)),
  ];
}

function connectionLines(connections: MaxwellOverview['connections'], style: Style): readonly Line[] {
  if (connections === null) return [labelled(2, 'connected ', 'not known')];
  if (connections.length === 0) return [labelled(2, 'connected ', 'to no vhost of the broker')];
  return connections.map(({ vhost, name, connectedAtMs }) =>
    labelled(2, 'connected ', `to vhost ${vhost} since ${instant(connectedAtMs, style.timezone)}: ${name}`),
  );
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** `512 B`, `3.4 MB`: 1 KB is 1,000 bytes. */
export function bytes(count: number): string {
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  const value = count / 1000 ** at;
  return `${at === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[at] ?? 'B'}`;
}

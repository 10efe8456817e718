import { meansBinlogPosition, parseBinlogPosition } from '../../core/binlog-position.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault, type Problem } from '../../core/fault.ts';
import { meansGtidSet, readGtidSet } from '../../core/given-gtid-set.ts';
import type { Located } from '../../core/locate.ts';
import { maxwellFindings, type MaxwellOverview } from '../../core/maxwell-overview.ts';
import type { CdcReaders, ReadingWork, ReplayStart } from '../../core/ports-cdc.ts';
import type { VhostConnection } from '../../core/vhost.ts';
import type { Composition } from '../composition.ts';

/** Lines of the log that are shown. */
const logLines = 10;

/** `maxwell locate --at T|--gtid SET`: reading only. */
export async function locatePlace(composition: Composition, at: string | null, gtid: string | null): Promise<ExitName> {
  if (at !== null && gtid !== null) throw usage('usage', 'Give either --at or --gtid.', '--gtid');
  const start: Start =
    gtid === null
      ? { is: 'time', atMs: await instantOf(composition, required(at, '--at', 'the time to find'), '--at') }
      : { is: 'place', start: { gtidSet: named('--gtid', () => readGtidSet(gtid).text) } };
  const located = await locatedAt(composition, start);
  composition.host.result({ code: 'maxwell.located', payload: { located } });
  return 'done';
}

/** `maxwell preview --from T|FILE:POS|SET [--until U]`: reading only. */
export async function previewReplay(
  composition: Composition,
  from: string | null,
  until: string | null,
): Promise<ExitName> {
  const text = required(from, '--from', 'where a replay would begin');
  const start = await startOf(composition, text);
  const untilMs = until === null ? null : await instantOf(composition, until, '--until');
  if (start.is === 'time' && untilMs !== null && untilMs < start.atMs)
    throw usage('maxwell.backwards', 'The time of --until lies before that of --from.', '--until');
  const { maxwell } = await controlled(composition);
  const located = await locatedAt(composition, start);
  const preview = await maxwell.preview({ from: located, untilMs, allConsumed: false }, workOf(composition));
  const { cdc } = await composition.environment();
  const consumers = typeof cdc === 'string' ? [] : cdc.consumers;
  composition.host.result({ code: 'maxwell.previewed', payload: { preview, located, untilMs, consumers } });
  return 'done';
}

async function locatedAt(composition: Composition, start: Start): Promise<Located> {
  const { maxwell } = await controlled(composition);
  const work = workOf(composition);
  return start.is === 'time' ? await maxwell.locate(start.atMs, work) : await maxwell.place(start.start, work);
}

/**
 * `maxwell status`: everything that can be seen, and exit code findings where something is wrong. A database that
 * can't be read is thrown after the rest was shown.
 */
export async function showStatus(composition: Composition): Promise<ExitName> {
  const cdc = await controlled(composition);
  const { name, rabbitmq } = await composition.environment();
  const problems: Problem[] = [];
  const [status, process, target, log] = await Promise.all([
    settle(cdc.maxwell.status()),
    settle(cdc.process.status(), problems),
    settle(cdc.target(), problems),
    settle(cdc.process.logs(logLines), problems),
  ]);
  const user = target.value?.user ?? null;
  const connections = user === null ? null : (await settle(connectionsOf(composition, user), problems)).value;
  const overview: MaxwellOverview = {
    environment: name,
    vhost: rabbitmq?.vhost ?? '/',
    status: status.value,
    process: process.value,
    target: target.value,
    connections,
    log: log.value,
    problems,
  };
  const findings = maxwellFindings(overview);
  composition.host.result({ code: 'maxwell.shown', payload: { overview, findings } });
  if (status.fault !== null) throw status.fault;
  return findings.length === 0 ? 'done' : 'findings';
}

async function connectionsOf(composition: Composition, user: string): Promise<readonly VhostConnection[]> {
  const { rabbit } = await composition.readers();
  const vhosts = await rabbit.vhosts();
  const all = (await Promise.all(vhosts.map((vhost) => rabbit.connections(vhost)))).flat();
  return all.filter((connection) => connection.user === user);
}

interface Settled<T> {
  readonly value: T | null;
  readonly fault: Fault | null;
}

/** A part that may be missing; its fault is kept with the others. Bugs are thrown. */
async function settle<T>(reading: Promise<T>, problems: Problem[] = []): Promise<Settled<T>> {
  try {
    return { value: await reading, fault: null };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    problems.push(...error.problems);
    return { value: null, fault: error };
  }
}

type Start = { readonly is: 'time'; readonly atMs: number } | { readonly is: 'place'; readonly start: ReplayStart };

/** A time has a zone, an offset or `ago`; a position ends in `.DIGITS:DIGITS`; a GTID set begins with one. */
async function startOf(composition: Composition, text: string): Promise<Start> {
  if (meansBinlogPosition(text)) {
    const position = named('--from', () => parseBinlogPosition(text));
    return { is: 'place', start: { position, stored: true } };
  }
  if (meansGtidSet(text)) return { is: 'place', start: { gtidSet: named('--from', () => readGtidSet(text).text) } };
  return { is: 'time', atMs: await instantOf(composition, text, '--from') };
}

async function instantOf(composition: Composition, text: string, flag: string): Promise<number> {
  const parse = await composition.parseInstant();
  return named(flag, () => parse(text));
}

/** A fault of a flag's value says which flag it was. */
function named<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const [first, ...others] = error.problems;
    throw new Fault({ where: flag, ...first }, ...others);
  }
}

/** Readers of CDC; without them a fault that says what the configuration lacks. */
async function controlled(composition: Composition): Promise<CdcReaders> {
  const { cdc, mysql, name } = await composition.environment();
  const lacks = [
    ...(typeof cdc === 'string' ? [`cdc: says ${cdc}, and not which Maxwell it is and how it is controlled`] : []),
    ...(mysql === null ? ['there is no mysql: section, and both its position and the log are in that database'] : []),
  ];
  const readers = lacks.length > 0 ? null : await composition.cdc();
  if (readers !== null) return readers;
  throw new Fault({
    code: 'maxwell.not-configured',
    message: `Environment ${name} does not say enough of its Maxwell: ${lacks.join('; ')}.`,
    where: `environments.${name}.${typeof cdc === 'string' ? 'cdc' : 'mysql'}`,
    exit: 'usage',
    next: [
      `write cdc: with clientId, exchange, config, control and mysql under environments.${name}`,
      ...(mysql === null ? [`write mysql: with host, port, user and password under environments.${name}`] : []),
      'esr-ops config schema',
    ],
  });
}

function workOf({ host, stop }: Composition): ReadingWork {
  return { signal: stop.signal, progress: (progress) => host.progress(progress) };
}

function required(value: string | null, flag: string, what: string): string {
  if (value !== null) return value;
  throw usage('usage', `${flag} is missing: ${what}.`, flag);
}

function usage(code: string, message: string, where: string): Fault {
  return new Fault({ code, message, where, exit: 'usage' });
}

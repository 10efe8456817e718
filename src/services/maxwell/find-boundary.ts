import { compareBinlogPositions, positionText, type BinlogPosition } from '../../core/binlog-position.ts';
import { didYouMean } from '../../core/closest.ts';
import { Fault } from '../../core/fault.ts';
import type { NearbyEvent } from '../../core/locate.ts';
import { mysqlIdentity, type MysqlAccess } from '../mysql/connect.ts';
import { eventName, rowOperation } from '../mysql/event-types.ts';
import type { Transaction } from '../mysql/transactions.ts';
import { gtidsBeforeFile } from './file-gtids.ts';
import { scanBinlog, type Scanned } from './scan.ts';
import type { MaxwellScene } from './scene.ts';

/** What the log has at a position. */
export interface Boundary {
  /** GTIDs of all before it; null where the log holds none. */
  readonly gtidSet: string | null;
  /** Last own heartbeat before it in its file, ms. */
  readonly heartbeat: number | null;
  readonly before: NearbyEvent | null;
  readonly after: NearbyEvent | null;
  /** It is behind a transaction's last rows and before its commit. */
  readonly beforeCommit: boolean;
  readonly bytesRead: number;
}

/** A position to be proved. */
export interface BoundaryRequest {
  readonly access: MysqlAccess;
  readonly scene: MaxwellScene;
  readonly position: BinlogPosition;
  /** Also good is the place behind a transaction's last rows, where Maxwell itself stores positions. */
  readonly beforeCommit: boolean;
  readonly signal: AbortSignal | undefined;
}

/** What the scan has come past. */
interface Passed {
  /** End of the last transaction at or before the position. */
  boundary: BinlogPosition;
  /** First own heartbeat value at or before it, and the one of the transaction that is being read. */
  heartbeat: number | null;
  scanned: Scanned | null;
  /** Whether an event begins, or the file ends, exactly there. */
  atEvent: boolean;
  /** Whether rows came after the position in the transaction around it, and before it. */
  rowsBehind: boolean;
  rowsBefore: boolean;
  /** The transaction around it. */
  around: Transaction | null;
  /** End of the event before. */
  eventEnd: number;
  before: NearbyEvent | null;
  after: NearbyEvent | null;
  past: boolean;
}

/**
 * Proves by reading the file that a transaction may begin at a position. Faults (exit blocked): `position.gone`,
 * `position.unknown-file`, `position.beyond-end`, `position.inside-transaction`, `position.no-event`.
 */
export async function findBoundary(request: BoundaryRequest): Promise<Boundary> {
  const { access, scene, position, signal } = request;
  checkFile(request);
  const { file, offset } = position;
  const passed: Passed = {
    boundary: { file, offset: 4 },
    heartbeat: null,
    scanned: null,
    atEvent: offset === 4,
    rowsBehind: false,
    rowsBefore: false,
    around: null,
    eventEnd: 4,
    before: null,
    after: null,
    past: false,
  };
  const { bytesRead } = await scanBinlog({
    access,
    file,
    owner: scene.owner,
    signal,
    event: ({ header, file: at, end }) => {
      if (at !== file) return false;
      const beginsAt = passed.eventEnd;
      passed.eventEnd = end;
      if (end <= offset) {
        passed.before = { event: eventName(header.type), atMs: header.timestamp * 1000, end: { file, offset: end } };
        if (rowOperation(header.type) !== null) passed.rowsBefore = true;
        if (end === offset) passed.atEvent = true;
        return true;
      }
      passed.after ??= { event: eventName(header.type), atMs: header.timestamp * 1000, end: { file, offset: end } };
      if (rowOperation(header.type) !== null) passed.rowsBehind = true;
      // Past it, and the transaction around it is over or there is none.
      if (passed.past || (passed.boundary.offset === offset && beginsAt >= offset)) return false;
      return true;
    },
    transaction: (scanned) => {
      const { transaction, heartbeat } = scanned;
      if (transaction.end.offset <= offset) {
        passed.boundary = transaction.end;
        passed.heartbeat = heartbeat ?? passed.heartbeat;
        passed.scanned = scanned;
        passed.rowsBefore = false;
        return true;
      }
      passed.past = true;
      if (transaction.start.offset < offset) {
        passed.around = transaction;
        if (!passed.rowsBehind) passed.heartbeat = heartbeat ?? passed.heartbeat;
        if (!passed.rowsBehind) passed.scanned = scanned;
      }
      return false;
    },
  });
  const beforeCommit = passed.around !== null && passed.atEvent && passed.rowsBefore && !passed.rowsBehind;
  // Rows without an end are what a crash has left of a transaction.
  const torn = passed.around === null && passed.rowsBefore;
  if (!passed.atEvent || torn || (passed.around !== null && !(beforeCommit && request.beforeCommit)))
    throw notABoundary(request, passed, beforeCommit);
  const { scanned } = passed;
  return {
    gtidSet:
      scanned === null
        ? await gtidsBeforeFile(access, file, signal)
        : beforeCommit
          ? scanned.gtidSetBefore()
          : scanned.gtidSetAfter(),
    heartbeat: passed.heartbeat,
    before: passed.before,
    after: passed.after,
    beforeCommit,
    bytesRead,
  };
}

/** The file is one of the server's, and reaches as far as the position. */
function checkFile({ access, scene, position }: BoundaryRequest): void {
  const { files, end, retention } = scene.server;
  const where = mysqlIdentity(access.settings);
  const known = files.find(({ name }) => name === position.file);
  const [oldest] = files;
  if (known === undefined) {
    const gone = oldest !== undefined && compareBinlogPositions(position, { file: oldest.name, offset: 4 }) < 0;
    throw new Fault({
      code: gone ? 'position.gone' : 'position.unknown-file',
      message: gone
        ? `The binary log ${position.file} is not on the server any more: the oldest is ${oldest.name}. Retention: ${retention.setting}.`
        : `The server has no binary log ${position.file}.${didYouMean(
            position.file,
            files.map(({ name }) => name),
          )} Its log goes from ${oldest?.name ?? 'nothing'} to ${positionText(end)}.`,
      where,
      exit: 'blocked',
      next: ['esr-ops maxwell locate --at TIME finds a place that is there'],
    });
  }
  const size = position.file === end.file ? end.offset : known.bytes;
  if (position.offset > size)
    throw new Fault({
      code: 'position.beyond-end',
      message: `${positionText(position)} lies beyond the end of that file, which is at ${size}.`,
      where,
      exit: 'blocked',
      next: [`its last possible position is ${positionText({ file: position.file, offset: size })}`],
    });
}

function notABoundary({ access, position }: BoundaryRequest, passed: Passed, beforeCommit: boolean): Fault {
  const { file, offset } = position;
  const { around } = passed;
  const inside = around !== null;
  const before = positionText(
    around?.start ?? (passed.rowsBefore ? passed.boundary : (passed.before?.end ?? passed.boundary)),
  );
  const after = positionText(around?.end ?? passed.after?.end ?? { file, offset: passed.eventEnd });
  const what = beforeCommit
    ? "lies between a transaction's last rows and its commit"
    : inside
      ? `lies inside the transaction from ${before} to ${after}${passed.atEvent ? '' : ', and no event begins there'}`
      : 'is no place at which an event begins';
  return new Fault({
    code: inside ? 'position.inside-transaction' : 'position.no-event',
    message: `${file}:${offset} ${what}: Maxwell would leave rows out there without a word, or not start. The nearest places are ${before} before and ${after} after.`,
    where: mysqlIdentity(access.settings),
    exit: 'blocked',
    next: [`take ${before}: it leaves nothing out`, `take ${after} if the rows in between are not wanted`],
    details: { before, after },
  });
}

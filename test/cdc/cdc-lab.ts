import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { JournalEntry, JournalRecord } from '../../src/core/journal.ts';
import type { Message } from '../../src/core/messages.ts';
import { labCdcTruth } from '../../src/lab/cdc/lab-cdc.ts';
import type { CdcTruth } from '../../src/lab/cdc/cdc-truth.ts';
import { labUp, type Lab } from '../../src/lab/lab-up.ts';
import { until } from '../../src/lab/until.ts';
import { esrOps, programFile, type Ended } from '../support/program.ts';

/** A lab whose rows change all through, and the program to recover it with. */
export interface CdcLab {
  readonly lab: Lab;
  readonly which: { readonly name: string; readonly stateDir: string; readonly say: () => void };
  /** May do everything in the database. */
  readonly root: Connection;
  readonly environment: { readonly env: Readonly<Record<string, string>> };
  ops(args: readonly string[]): Promise<Ended>;
  /** Recovers as a script does: with the tokens that the dry run names. */
  recover(command: readonly string[]): Promise<Ended>;
  /** Entries of the newest run's journal. */
  journal(): Promise<readonly JournalEntry[]>;
  /** Waits until more changes have been made and have arrived. */
  newChanges(): Promise<void>;
  /** Waits until all that was made up to now has arrived, then counts. */
  settled(): Promise<CdcTruth>;
  remove(): Promise<void>;
}

/** Longest wait for changes to arrive, ms. */
const atMostMs = 120_000;

/** How long none of what is missing must arrive until it counts as lost, ms. */
const stillMs = 8_000;

/** Starts the lab with the stand-in or the real Maxwell. */
export async function cdcLab(kind: 'real' | 'stand-in'): Promise<CdcLab> {
  const stateDir = await mkdtemp(join(tmpdir(), 'esr-ops-cdc-'));
  const which = { name: `recover-${kind}`, stateDir, say: (): void => undefined };
  const lab = await labUp({ ...which, program: [process.execPath, programFile()], cdc: kind, perSecond: 5 });
  const { mariadb } = lab.running;
  const root = await createConnection({
    host: mariadb.host,
    port: mariadb.port,
    user: mariadb.root.user,
    password: await readFile(mariadb.root.passwordFile, 'utf8'),
  });
  root.on('error', () => undefined);
  const environment = { env: { HOME: stateDir, NO_COLOR: '1', LANG: 'C.UTF-8' } };
  const where = ['--env', `lab-${which.name}`, '--state-dir', stateDir];
  const ops = (args: readonly string[]): Promise<Ended> => esrOps([...where, ...args], environment);
  const hear = async (args: readonly string[]): Promise<readonly Message[]> =>
    (await ops(['--output', 'json', ...args])).lines as unknown as readonly Message[];
  const truth = (): Promise<CdcTruth> => labCdcTruth(which);
  return {
    lab,
    which,
    root,
    environment,
    ops,
    recover: async (command) => ops([...command, '--yes', ...(await tokensOf(hear, command))]),
    journal: async () => {
      const listed = (await hear(['runs', 'list'])).find((message) => message.code === 'runs.listed');
      const shown = await hear(['runs', 'show', listed?.payload.runs[0]?.run ?? 'none']);
      const run = shown.find((message) => message.code === 'run.shown');
      return (run?.payload.records as unknown as readonly JournalRecord[]).map(({ entry }) => entry);
    },
    newChanges: async () => {
      const before = (await truth()).delivered;
      await until('new changes', async () => (await truth()).delivered > before + 8, { atMostMs });
    },
    settled: async () => {
      const waiting = new Set((await truth()).lostChanges);
      const missing = async (): Promise<readonly string[]> =>
        (await truth()).lostChanges.filter((change) => waiting.has(change));
      let lostChanges = await missing();
      for (let since = Date.now(); lostChanges.length > 0 && Date.now() - since < stillMs;) {
        await sleep(500);
        const now = await missing();
        if (now.length < lostChanges.length) since = Date.now();
        lostChanges = now;
      }
      return { ...(await truth()), lost: lostChanges.length, lostChanges };
    },
    remove: async () => {
      await root.end();
      await lab.end();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

async function tokensOf(
  hear: (args: readonly string[]) => Promise<readonly Message[]>,
  command: readonly string[],
): Promise<readonly string[]> {
  const ended = (await hear([...command, '--dry-run'])).find((message) => message.code === 'dry-run.ended');
  return ended === undefined ? [] : ended.payload.tokens.flatMap((token) => ['--confirm', token]);
}

/** Maxwell's row of `positions` of one client. */
export async function positionRow(root: Connection, clientId: string): Promise<Record<string, unknown> | undefined> {
  const [rows] = await root.query<RowDataPacket[]>(
    'SELECT binlog_file, binlog_position, last_heartbeat_read FROM maxwell.positions WHERE client_id = ?',
    [clientId],
  );
  return rows[0];
}

/** What the run said that its replay would send. */
export function predictedIn(journal: readonly JournalEntry[]) {
  const resets = journal.flatMap((entry) =>
    entry.type === 'change.intended' && entry.change.kind === 'maxwell.reset' ? [entry.change] : [],
  );
  return resets.at(-1)?.expect;
}

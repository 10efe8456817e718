import { readFile, rm } from 'node:fs/promises';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { Fault } from '../../core/fault.ts';
import { askBroker, demandOfBroker, seg, type BrokerAccess } from '../broker-http.ts';
import { writePrivate, type LabFiles, type RunningLab } from '../lab-files.ts';
import { tellSupervisor } from '../supervisor-control.ts';
import { until } from '../until.ts';
import { connectionsOf } from './cdc-connections.ts';
import type { CdcState } from './cdc-process.ts';
import { readProperties, withProperty } from './maxwell-properties.ts';
import { type Row, positionRow, binlogFiles, withRoot, changesAfter } from './cdc-database.ts';

/** What can be broken of change data capture, each time for real. */
export const cdcFaultNames = ['cdc-down', 'cdc-wrong-vhost', 'position-lost', 'binlog-purged'] as const;

/** One of {@link cdcFaultNames}. */
export type CdcFaultName = (typeof cdcFaultNames)[number];

/** One line for each, for help and for questions. */
export const cdcFaultMeanings: Readonly<Record<CdcFaultName, string>> = {
  'cdc-down': 'change data capture has crashed, and nothing starts it again',
  'cdc-wrong-vhost': "change data capture's configuration names another vhost, and it publishes there",
  'position-lost': "change data capture is stopped and Maxwell's stored position is gone",
  'binlog-purged': 'change data capture is stopped and the binlog that its position needs is gone',
};

/** The vhost that `cdc-wrong-vhost` has it publish into: everything that it needs is there, and nobody listens. */
export const wrongVhost = 'esr-old';

/** A lab with change data capture, to break. */
export interface CdcFaultTarget {
  readonly files: LabFiles;
  readonly running: RunningLab;
  readonly cdc: NonNullable<RunningLab['cdc']>;
  readonly access: BrokerAccess;
}

/** Breaks it and proves that the fault is there. @returns the evidence @throws Fault when it is not there afterwards */
export async function breakCdc(target: CdcFaultTarget, fault: CdcFaultName): Promise<string> {
  switch (fault) {
    case 'cdc-down':
      return breakProcess(target);
    case 'cdc-wrong-vhost':
      return breakVhostSetting(target);
    case 'position-lost':
      return breakPosition(target);
    case 'binlog-purged':
      return breakBinlog(target);
    default:
      return fault satisfies never;
  }
}

async function breakProcess({ running, cdc, access }: CdcFaultTarget): Promise<string> {
  await told(running, 'cdc-kill');
  const state = await told(running, 'cdc-status');
  if (state.state === 'running') throw notThere('cdc-down', `it runs (pid ${state.pid})`);
  await until('its connection to be gone', async () => (await connectionsOf(access, cdc.user)).length === 0, {
    atMostMs: 60_000,
  });
  return `${cdc.label} has no process, and the broker no connection of ${cdc.user}`;
}

async function breakVhostSetting({ files, running, cdc, access }: CdcFaultTarget): Promise<string> {
  const vhost = seg(wrongVhost);
  const put = (path: string, body: Parameters<typeof demandOfBroker>[3]): Promise<unknown> =>
    demandOfBroker(access, 'PUT', `/api/${path}`, body);
  await put(`vhosts/${vhost}`, { description: 'left over from an earlier recovery' });
  await put(`permissions/${vhost}/${seg(access.user)}`, { configure: '.*', write: '.*', read: '.*' });
  await put(`permissions/${vhost}/${seg(cdc.user)}`, { configure: '^maxwell$', write: '^maxwell$', read: '^$' });
  await put(`exchanges/${vhost}/${seg(cdc.exchange)}`, { type: 'fanout', durable: true, arguments: {} });
  await put(`queues/${vhost}/${seg(cdc.queue)}`, { durable: true, arguments: {} });
  await demandOfBroker(access, 'POST', `/api/bindings/${vhost}/e/${seg(cdc.exchange)}/q/${seg(cdc.queue)}`, {
    routing_key: '',
    arguments: {},
  });
  await told(running, 'cdc-stop');
  await setVhost(files, wrongVhost);
  await told(running, 'cdc-start');
  const depth = await until(
    'a message in the wrong vhost',
    async () => {
      const answer = await askBroker(access, 'GET', `/api/queues/${vhost}/${seg(cdc.queue)}`);
      const { messages } = answer.body as { readonly messages?: number };
      const state = await told(running, 'cdc-status');
      if (state.state === 'stopped') throw notThere('cdc-wrong-vhost', `it ended (${state.ended ?? 'unknown'})`);
      // Without a writer nothing is published: the connection is then all that there is to see.
      if (!cdc.writer && (await connectionsOf(access, cdc.user)).length > 0) return { messages: messages ?? 0 };
      return messages !== undefined && messages > 0 ? { messages } : undefined;
    },
    { atMostMs: 90_000, everyMs: 300 },
  );
  // The broker lists a new connection seconds after it is used, and an ended one for as long.
  await until(
    `${cdc.user} to be connected to vhost ${wrongVhost} only`,
    async () => {
      const found = (await connectionsOf(access, cdc.user)).map((connection) => connection.vhost);
      return new Set(found).size === 1 && found[0] === wrongVhost;
    },
    { atMostMs: 60_000, everyMs: 300 },
  );
  return `${cdc.user} is connected to vhost ${wrongVhost} only, where ${depth.messages} messages wait`;
}

async function breakPosition(target: CdcFaultTarget): Promise<string> {
  const { running, cdc, files } = target;
  await told(running, 'cdc-stop');
  return withRoot(running, async (root) => {
    const row = await positionRow(root, cdc);
    if (row === undefined) throw notThere('position-lost', 'there was no position to lose');
    await writePrivate(files.cdc.taken, JSON.stringify(row));
    await root.query(`DELETE FROM \`${cdc.schemaDatabase}\`.positions WHERE client_id = ?`, [cdc.clientId]);
    if ((await positionRow(root, cdc)) !== undefined) throw notThere('position-lost', 'the position is still there');
    return `${cdc.label} is stopped, and ${cdc.schemaDatabase}.positions has no row of ${cdc.clientId}`;
  });
}

async function breakBinlog(target: CdcFaultTarget): Promise<string> {
  const { running, cdc } = target;
  await told(running, 'cdc-stop');
  return withRoot(running, async (root) => {
    const row = await positionRow(root, cdc);
    const needed = String(row?.['binlog_file']);
    // A reader that has gone may hold its file for a while yet.
    const [readers] = await root.query<RowDataPacket[]>(
      "SELECT id FROM information_schema.processlist WHERE command = 'Binlog Dump' AND user = 'maxwell'",
    );
    for (const { id } of readers) await root.query(`KILL ${Number(id)}`).catch(() => undefined);
    await changesAfter(root, needed, Number(row?.['binlog_position']));
    await until(
      `${needed} to be purged`,
      async () => {
        await root.query('FLUSH BINARY LOGS');
        const newest = (await binlogFiles(root)).at(-1);
        await root.query(`PURGE BINARY LOGS TO '${newest ?? ''}'`);
        return !(await binlogFiles(root)).includes(needed);
      },
      { atMostMs: 60_000, everyMs: 300 },
    );
    const left = await binlogFiles(root);
    return `${cdc.label} is stopped at ${needed}:${row?.['binlog_position'] ?? ''}, and the oldest binlog is ${left[0] ?? ''}`;
  });
}

/**
 * Undoes what was broken: the configuration names the lab's vhost, the position is what it was, and the process runs.
 * Where the binlog is gone, it starts at the oldest that is there: the changes in between stay lost.
 * @returns what was done, a line each
 */
export async function healCdc({ files, running, cdc, access }: CdcFaultTarget): Promise<readonly string[]> {
  const done: string[] = [];
  const { vhost } = running.rabbitmq;
  const configured = readProperties(await readFile(files.cdc.properties, 'utf8')).get('rabbitmq_virtual_host');
  if (configured !== vhost) {
    await told(running, 'cdc-stop');
    await setVhost(files, vhost);
    done.push(`the configuration of ${cdc.label} names vhost ${vhost} again`);
  }
  if ((await askBroker(access, 'DELETE', `/api/vhosts/${seg(wrongVhost)}`)).status === 204) {
    done.push(`vhost ${wrongVhost} is gone, with what was published there`);
  }
  if ((await told(running, 'cdc-status')).state === 'stopped') {
    done.push(...(await withRoot(running, (root) => healPosition(root, files, cdc))));
    await told(running, 'cdc-start');
    await until(
      `${cdc.label} to connect`,
      async () => {
        const state = await told(running, 'cdc-status');
        if (state.state === 'stopped') throw notThere('heal', `${cdc.label} ended again (${state.ended ?? ''})`);
        return (await connectionsOf(access, cdc.user)).some((connection) => connection.vhost === vhost);
      },
      { atMostMs: 90_000, everyMs: 300 },
    );
    done.push(`${cdc.label} runs`);
  }
  return done;
}

async function healPosition(
  root: Connection,
  files: LabFiles,
  cdc: NonNullable<RunningLab['cdc']>,
): Promise<readonly string[]> {
  const done: string[] = [];
  const table = `\`${cdc.schemaDatabase}\`.positions`;
  const present = await binlogFiles(root);
  const taken = await readFile(files.cdc.taken, 'utf8').catch(() => undefined);
  let row = await positionRow(root, cdc);
  if (row === undefined && taken !== undefined) {
    row = JSON.parse(taken) as Row;
    await root.query(`INSERT INTO ${table} SET ?`, [row]);
    done.push(`the position ${row['binlog_file'] ?? ''}:${row['binlog_position'] ?? ''} is back`);
  }
  await rm(files.cdc.taken, { force: true });
  if (row !== undefined && !present.includes(String(row['binlog_file']))) {
    await root.query(`UPDATE ${table} SET binlog_file = ?, binlog_position = 4 WHERE client_id = ?`, [
      present[0],
      cdc.clientId,
    ]);
    done.push(`the position is now the beginning of ${present[0] ?? ''}; what was in the purged files stays lost`);
  }
  return done;
}

async function setVhost(files: LabFiles, vhost: string): Promise<void> {
  const text = await readFile(files.cdc.properties, 'utf8');
  await writePrivate(files.cdc.properties, withProperty(text, 'rabbitmq_virtual_host', vhost));
}

async function told(
  { control }: RunningLab,
  command: 'cdc-start' | 'cdc-stop' | 'cdc-kill' | 'cdc-status',
): Promise<CdcState> {
  return JSON.parse(await tellSupervisor(control, command)) as CdcState;
}

function notThere(fault: string, evidence: string): Fault {
  return new Fault({
    code: 'lab.fault-not-there',
    message: `The lab tried to break change data capture (${fault}), but ${evidence}.`,
    exit: 'failed',
  });
}

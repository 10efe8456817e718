import { readBootLines } from '../core/boot-lines.ts';
import type { CdcStart } from '../core/change.ts';
import { isUnreachable } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { cdcOf, noCdc } from './cdc-stop.ts';
import { until, type Seen, type World } from './world.ts';

/** How long CDC may take until its heartbeat moves and its connection is listed, ms: a JVM starts slowly. */
const limitMs = 90_000;

/** How often a look is tried while a service does not answer. */
const attempts = 3;

export async function apply(_change: CdcStart, world: World): Promise<Applied> {
  if (world.writers.cdc === null) throw noCdc();
  // The last one that was written before the stop may be a few seconds old.
  const before = (await cdcOf(world).maxwell.status()).heartbeat?.heartbeat ?? null;
  return { ...(await world.writers.cdc.process.start()), output: { heartbeat: before } };
}

/** Proved by its process, a heartbeat that moves, and its connection: in this vhost and in no other. */
export async function verify(change: CdcStart, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const cdc = cdcOf(seen);
  const first = await look(change, seen);
  const before = output?.['heartbeat'] === undefined ? first.heartbeat : output['heartbeat'];
  const alive = (at: typeof first): boolean => at.heartbeat !== null && at.heartbeat !== before;
  if (output === null && first.process.is === 'stopped') {
    return { verdict: 'not-applied', evidence: first.process.evidence, output: {} };
  }
  const found = await until(
    seen,
    'waiting for CDC',
    limitMs,
    () => look(change, seen),
    (at) => at.process.is === 'stopped' || (alive(at) && at.here.length > 0),
  );
  const log = await cdc.process.logs(200).catch(() => []);
  const boot = readBootLines(log);
  const started =
    boot === null ? [] : [`its log: Maxwell ${boot.version} started at ${boot.position}, heartbeat ${boot.heartbeat}`];
  if (found === null || found.process.is === 'stopped') {
    const last = await look(change, seen);
    const tail = log.slice(-5).map((line) => `log: ${line}`);
    return {
      verdict: 'not-applied',
      evidence: [...last.process.evidence, ...missing(last, alive(last)), ...tail],
      output: {},
    };
  }
  if (found.elsewhere.length > 0) {
    return {
      verdict: 'not-applied',
      evidence: [`it is connected to other vhosts, too: ${found.elsewhere.join(', ')}`],
      output: {},
    };
  }
  return {
    verdict: 'applied',
    evidence: [
      ...found.process.evidence,
      ...started,
      'its heartbeat moves',
      `it is connected to vhost ${change.vhost} and to no other: ${found.here.join(', ')}`,
    ],
    output: {},
  };
}

/** CDC was started already: one answer that a busy broker does not give in time must not leave its outcome unknown. */
async function look(change: CdcStart, seen: Seen): ReturnType<typeof lookOnce> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await lookOnce(change, seen);
    } catch (error) {
      if (!isUnreachable(error) || attempt === attempts) throw error;
      await seen.readers.clock.sleep(1_000);
    }
  }
}

async function lookOnce(change: CdcStart, seen: Seen) {
  const cdc = cdcOf(seen);
  const { user } = await cdc.target();
  const [process, status, vhosts] = await Promise.all([
    cdc.process.status(),
    cdc.maxwell.status(),
    seen.readers.rabbit.vhosts(),
  ]);
  const connections = (await Promise.all(vhosts.map((vhost) => seen.readers.rabbit.connections(vhost)))).flat();
  const own = connections.filter((connection) => connection.user === user);
  return {
    process,
    heartbeat: status.heartbeat?.heartbeat ?? null,
    here: own.filter((connection) => connection.vhost === change.vhost).map((connection) => connection.name),
    elsewhere: own.filter((connection) => connection.vhost !== change.vhost).map((connection) => connection.vhost),
  };
}

function missing(at: Awaited<ReturnType<typeof look>>, alive: boolean): readonly string[] {
  return [
    ...(alive ? [] : ['its heartbeat does not move']),
    ...(at.here.length > 0 ? [] : ['it has no connection to the vhost']),
  ];
}

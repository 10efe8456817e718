import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exitCodes } from '../../src/core/exit-codes.ts';
import { checkJournal } from '../crash/check-journal.ts';
import { inPool, randomFrom } from '../crash/points.ts';
import { endOf, expectRecovered, journalOf, recovery, resumption, runsOf } from '../crash/recovering.ts';
import { worldOf } from '../crash/vhost-world.ts';
import { esrOps, type Ended } from '../support/program.ts';
import { faultWays, type ArmedFault } from './fault-proxy.ts';
import { openSceneBehindProxies, services, type SceneBehindProxies, type Service } from './scene-behind-proxies.ts';

const seed = Number(process.env['ESR_OPS_SEED'] ?? Math.floor(Math.random() * 1e9));
const runs = Number(process.env['ESR_OPS_FAULTS'] ?? 6);
/** Trials at a time; most of them wait most of their time. */
const atOnce = Number(process.env['ESR_OPS_AT_ONCE'] ?? 3);
/** A folder for the words, requests and journals of trials that fail; by default nothing is kept. */
const keep = process.env['ESR_OPS_KEEP'];
/** Numbers of the only trials to run, of those that the seed makes: a failed one is looked at again. */
const only = process.env['ESR_OPS_ONLY']?.split(',').map(Number);
/** How long a fault lasts at most, in milliseconds. */
const lastsMs = 45_000;
const documented = Object.values(exitCodes).map(({ code }) => code as number);

type Kind = 'down' | 'sick';
/** Bytes of an undisturbed recovery, by service. */
type Volume = Readonly<Record<Service, { readonly up: number; readonly down: number }>>;

interface Trial {
  readonly number: number;
  readonly kind: Kind;
  readonly service: Service;
  readonly fault: ArmedFault;
}

async function inScene(kind: Kind, work: (scene: SceneBehindProxies) => Promise<void>): Promise<void> {
  const opened = await openSceneBehindProxies(kind);
  try {
    await work(opened);
  } finally {
    await opened.remove();
  }
}

/** How many bytes an undisturbed recovery sends and receives by service: faults are spread over all of them. */
async function volumeOf(kind: Kind): Promise<Volume> {
  let volume: Volume | undefined;
  await inScene(kind, async ({ scene, environment, proxies }) => {
    const ended = await esrOps(recovery(scene, kind), environment);
    expect(ended.exitCode, endOf(ended)).toBe(0);
    volume = { http: { ...proxies.http.passed }, amqp: { ...proxies.amqp.passed }, mysql: { ...proxies.mysql.passed } };
  });
  return volume ?? expect.fail('no recovery was measured');
}

function shown({ number, kind, service, fault }: Trial): string {
  const { way, direction, afterBytes, delayMs, lasting } = fault;
  const late = way === 'delay' ? ` by ${delayMs} ms` : '';
  return `trial ${number}: ${kind} vhost, ${service}, ${way}${late} after ${afterBytes} bytes ${direction}, ${lasting ? 'lasting' : 'once'}`;
}

/** Whether it found nothing to do. */
const idle = ({ stdout }: Ended): boolean => stdout.includes('Nothing to do');

/** Whether every step of a run ran: what only could not be verified is not done again. */
const ranThrough = ({ exitCode }: Ended): boolean => exitCode === 0 || exitCode === exitCodes.unverified.code;

/** What holds after every single run of the program, whatever happened to it; `before`: requests until it began. */
async function expectHonest(ended: Ended, { scene, environment }: SceneBehindProxies, before: number): Promise<void> {
  expect(documented, endOf(ended)).toContain(ended.exitCode);
  expect(/^\s+at .*\(.*:\d+:\d+\)|This should not happen/m.exec(ended.stderr), endOf(ended)).toBe(null);
  for (const run of await runsOf(environment)) await checkJournal(journalOf(environment, run));
  // A resume may find nothing to go on with, which says nothing of the vhost.
  if (idle(ended)) expect(ended.exitCode).toBe(0);
  else if (ended.exitCode === 0) expect(await worldOf(scene.vhost.segment, scene.me)).toEqual(scene.before);
  else expect(ended.stderr, 'a next command').toMatch(/next:|to go on:|esr-ops /);
  if ([2, 4, 8, 9].includes(ended.exitCode) && /nothing was changed(?! by)/i.test(ended.stderr)) {
    // Seen from outside: whatever reached the broker and was not refused may have changed something.
    const changing = scene.proxy.requests
      .slice(before)
      .filter(({ method, status }) => !['GET', 'HEAD'].includes(method) && (status === null || status < 400));
    expect(changing, `nothing was changed, it said: ${endOf(ended)}`).toEqual([]);
  }
}

async function undergo(trial: Trial): Promise<string> {
  let first = '';
  await inScene(trial.kind, async (at) => {
    const said: Ended[] = [];
    try {
      first = await endured(trial, at, said);
    } catch (error) {
      await keepWhatIsKnown(trial, at, said, error);
      throw error;
    }
  });
  return first;
}

/** For whoever looks into a failed trial. */
async function keepWhatIsKnown(
  { number }: Trial,
  { scene, environment }: SceneBehindProxies,
  said: readonly Ended[],
  error: unknown,
): Promise<void> {
  if (keep === undefined) return;
  const folder = join(keep, `${seed}-${number}`);
  await mkdir(folder, { recursive: true });
  const requests = scene.proxy.requests.map(
    ({ method, path, status }) => `${method} ${path} ${status ?? 'unanswered'}`,
  );
  await writeFile(join(folder, 'requests.txt'), requests.join('\n'));
  for (const [index, { exitCode, stdout, stderr }] of said.entries())
    await writeFile(join(folder, `said-${index}.txt`), `exit code ${exitCode}\n${stdout}\n----\n${stderr}`);
  for (const run of await runsOf(environment))
    await copyFile(journalOf(environment, run), join(folder, `${run}.jsonl`)).catch(() => undefined);
  const world = await worldOf(scene.vhost.segment, scene.me).catch(String);
  const text = JSON.stringify({ error: String(error), before: scene.before, world }, null, 2);
  await writeFile(join(folder, 'worlds.json'), text);
}

async function endured(trial: Trial, at: SceneBehindProxies, said: Ended[]): Promise<string> {
  const { scene, environment, proxies } = at;
  const ops = async (words: readonly string[]): Promise<Ended> => {
    const ended = await esrOps(words, environment, { atMostMs: 240_000 });
    said.push(ended);
    return ended;
  };
  const proxy = proxies[trial.service];
  proxy.arm(trial.fault);
  const count = (): number => scene.proxy.requests.length;
  // What lasts is over at some time, too: a run in which each answer is late would take for ever.
  const over = setTimeout(() => void proxy.heal(), lastsMs);
  const disturbed = await ops(recovery(scene, trial.kind)).finally(() => {
    clearTimeout(over);
  });
  let first = `${disturbed.exitCode}${proxy.struck() ? '' : ' (it did not strike)'}`;
  await expectHonest(disturbed, at, 0);
  await proxy.heal();
  let ended = disturbed;
  for (let tries = 0; !ranThrough(ended) && tries < 5; tries += 1) {
    const open = (await runsOf(environment)).length > 0;
    const before = count();
    ended = await ops(open ? resumption : recovery(scene, trial.kind));
    first += ` → ${open ? 'resume' : 'again'} ${ended.exitCode}`;
    await expectHonest(ended, at, before);
    // Its first run ended before it changed anything.
    if (ended.exitCode === 0 && idle(ended)) {
      ended = await ops(recovery(scene, trial.kind));
      first += ` → again ${ended.exitCode}`;
    }
  }
  expect(ranThrough(ended), endOf(ended)).toBe(true);
  await expectRecovered(scene, environment);
  const done = scene.proxy.requests.filter(
    ({ method, path, status }) =>
      method === 'DELETE' && path === `/api/vhosts/${scene.vhost.segment}` && status !== null && status < 300,
  );
  expect(done.length, 'the vhost was deleted once').toBe(1);
  return first;
}

test(
  'a network that delays, stalls, cuts, resets or refuses: recovered, or stopped with a true statement and a working resume',
  async () => {
    const random = randomFrom(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] ?? (items[0] as T);
    const volumes = { down: await volumeOf('down'), sick: await volumeOf('sick') };
    const trials = Array.from({ length: runs }, (_, number): Trial => {
      const kind = pick(['down', 'down', 'sick'] as const);
      const service = pick([...services, 'http', 'http'] as const);
      const direction = pick(['up', 'down'] as const);
      return {
        number,
        kind,
        service,
        fault: {
          way: pick(faultWays),
          direction,
          afterBytes: Math.floor(random() * volumes[kind][service][direction]),
          delayMs: 200 + Math.floor(random() * 4_000),
          lasting: random() < 0.5,
        },
      };
    });
    const since = Date.now();
    const failed: string[] = [];
    const seen = new Map<string, number>();
    const chosen = trials.filter(({ number }) => only === undefined || only.includes(number));
    await inPool(chosen, atOnce, async (trial) => {
      try {
        const how = await undergo(trial);
        seen.set(how, (seen.get(how) ?? 0) + 1);
        if (process.env['ESR_OPS_FAULTS'] !== undefined) process.stderr.write(`${shown(trial)}: ${how}\n`);
      } catch (error) {
        failed.push(`${shown(trial)}: ${error instanceof Error ? error.message : String(error)}`);
        process.stderr.write(`FAILED ${failed.at(-1)}\n`);
      }
    });
    const ends = [...seen].map(([how, count]) => `${count} × ${how}`).join(', ');
    process.stderr.write(
      `Network faults: ${chosen.length} in ${Math.round((Date.now() - since) / 1000)} s (ESR_OPS_SEED=${seed}; ESR_OPS_FAULTS=500 for more): ${ends}\n`,
    );
    expect(failed, `ESR_OPS_SEED=${seed}`).toEqual([]);
  },
  Math.max(600_000, runs * 60_000),
);

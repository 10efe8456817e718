import { expect, test } from 'vitest';
import { endOf, expectRecovered, expectWorldAsBefore, recovery, resumption, runsOf } from '../crash/recovering.ts';
import { worldOf } from '../crash/vhost-world.ts';
import { esrOps, type Ended } from '../support/program.ts';
import type { ArmedFault } from './fault-proxy.ts';
import { openSceneBehindProxies, services, type SceneBehindProxies, type Service } from './scene-behind-proxies.ts';
import {
  askedFor,
  claimsNoChange,
  drawFault,
  drawing,
  expectDocumented,
  faultWords,
  idle,
  keepTrial,
  ranThrough,
  runTrials,
} from './trials.ts';

const runs = Number(askedFor ?? 6);
/** How long a fault lasts at most, in milliseconds. */
const lastsMs = 45_000;

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
  return `trial ${number}: ${kind} vhost, ${service}, ${faultWords(fault)}`;
}

/** What holds after every single run of the program, whatever happened to it; `before`: requests until it began. */
async function expectHonest(ended: Ended, { scene, environment }: SceneBehindProxies, before: number): Promise<void> {
  await expectDocumented(ended, environment);
  if (ended.exitCode === 0 && !idle(ended)) await expectWorldAsBefore(scene);
  if (claimsNoChange(ended)) {
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
      await keepTrial(trial.number, at.environment, said, () => knownOf(at, error));
      throw error;
    }
  });
  return first;
}

async function knownOf({ scene }: SceneBehindProxies, error: unknown): Promise<Readonly<Record<string, string>>> {
  const requests = scene.proxy.requests.map(
    ({ method, path, status }) => `${method} ${path} ${status ?? 'unanswered'}`,
  );
  const world = await worldOf(scene.vhost.segment, scene.me).catch(String);
  return {
    'requests.txt': requests.join('\n'),
    'worlds.json': JSON.stringify({ error: String(error), before: scene.before, world }, null, 2),
  };
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
    const draw = drawing();
    const volumes = { down: await volumeOf('down'), sick: await volumeOf('sick') };
    const trials = Array.from({ length: runs }, (_, number): Trial => {
      const kind = draw.pick(['down', 'down', 'sick'] as const);
      const service = draw.pick([...services, 'http', 'http'] as const);
      return { number, kind, service, fault: drawFault(draw, volumes[kind][service]) };
    });
    await runTrials('Network faults', trials, shown, undergo);
  },
  Math.max(600_000, runs * 60_000),
);

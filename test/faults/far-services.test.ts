import { afterAll, beforeAll, expect, test } from 'vitest';
import { endOf, resumption, runsOf } from '../crash/recovering.ts';
import { esrOps, type Ended } from '../support/program.ts';
import { startTestS3, type TestS3 } from '../support/s3.ts';
import { freshVhost, type TestVhost } from '../support/servers.ts';
import { describeWithSshd } from '../support/sshd.ts';
import { farServices, openFarScene, type FarKind, type FarScene, type FarService, type FarTruth } from './far-scene.ts';
import type { ArmedFault, FaultProxy } from './fault-proxy.ts';
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

const runs = Number(askedFor ?? 3);
/** How long a fault lasts at most, in milliseconds: a sample is not to wait for the longest time-outs. */
const lastsMs = askedFor === undefined ? 3_000 : 45_000;
/** A recovery of everything asks the host some seventy times: too long for a sample. */
const kinds: readonly FarKind[] =
  askedFor === undefined ? ['restart', 'load'] : ['restart', 'restart', 'load', 'load', 'recover'];

interface Trial {
  readonly number: number;
  readonly kind: FarKind;
  readonly service: FarService;
  readonly fault: ArmedFault;
}
type Volume = Readonly<Record<FarService, FaultProxy['passed']>>;

/** Services that each kind of run talks to. */
const servicesOf: Readonly<Record<FarKind, readonly FarService[]>> = {
  restart: ['ssh', 'ssh', 'webhook'],
  load: ['ssh', 's3', 'webhook'],
  recover: ['ssh', 'ssh', 's3', 'webhook'],
};

/** What each kind of run leaves when it is done, however often it was disturbed. */
const doneAfter: Readonly<Record<FarKind, FarTruth>> = {
  restart: { starts: 1, works: true, finished: 0, wrote: { LDN: 0, YHD: 0 }, files: 0 },
  load: { starts: 0, works: true, finished: 1, wrote: { LDN: 1, YHD: 1 }, files: 2 },
  recover: { starts: 1, works: true, finished: 1, wrote: { LDN: 1, YHD: 1 }, files: 2 },
};
const untouched = { starts: 0, finished: 0, wrote: { LDN: 0, YHD: 0 }, files: 0 };

/** What holds after every single run of the program; `before`: how everything was when it began. */
async function expectHonest(ended: Ended, scene: FarScene, before: FarTruth): Promise<void> {
  await expectDocumented(ended, scene.environment);
  const now = await scene.truth();
  const { kind } = scene;
  const once = doneAfter[kind];
  expect(now.starts, `started once: ${endOf(ended)}`).toBeLessThanOrEqual(once.starts);
  for (const [office, times] of Object.entries(now.wrote))
    expect(times, `written once for ${office}: ${endOf(ended)}`).toBeLessThanOrEqual(once.wrote[office] ?? 0);
  if (ranThrough(ended) && !idle(ended)) expect(now, endOf(ended)).toEqual(once);
  if (claimsNoChange(ended)) expect(now, `nothing was changed, it said: ${endOf(ended)}`).toEqual(before);
}

/** Every notice that the runs gave comes, in order; what was taken is not sent again unless its answer was lost. */
async function expectTold(scene: FarScene, said: readonly Ended[], struck: boolean, lasting: boolean): Promise<void> {
  const flushed = await esrOps(['notify', 'flush'], scene.environment);
  expect(flushed.exitCode, flushed.stdout + endOf(flushed)).toBe(0);
  const { taken } = scene.webhook;
  const once = taken.filter((text, at) => taken.indexOf(text) === at);
  const heads = once.map((text) => /^\*(.*?)\*/.exec(text)?.[1] ?? text);
  const runsThatBegan = said.filter(({ stderr, stdout }) => /run-\w+-\w+/.test(stderr + stdout)).length;
  expect(heads.filter((head) => head === 'Started').length, heads.join()).toBeLessThanOrEqual(runsThatBegan);
  expect([heads[0], heads.at(-1)], heads.join()).toEqual(['Started', expect.stringMatching(/^Done/)]);
  if (!struck) expect(taken).toEqual(once);
  else if (!lasting) expect(taken.length - once.length, taken.join('\n\n')).toBeLessThanOrEqual(1);
}

const shown = ({ number, kind, service, fault }: Trial): string =>
  `trial ${number}: ${kind}, ${service}, ${faultWords(fault)}`;

describeWithSshd('runs on a far host', (sshd) => {
  let s3: TestS3;
  let vhost: TestVhost;
  beforeAll(async () => {
    [s3, vhost] = await Promise.all([startTestS3(), freshVhost()]);
  });
  afterAll(async () => {
    await Promise.all([s3.end(), vhost.remove()]);
  });

  async function inScene<T>(kind: FarKind, work: (scene: FarScene) => Promise<T>): Promise<T> {
    const scene = await openFarScene(kind, { sshd: sshd(), s3, vhost: vhost.name });
    try {
      return await work(scene);
    } finally {
      await scene.remove();
    }
  }

  /** How many bytes an undisturbed run sends and receives by service: faults are spread over all of them. */
  const volumeOf = (kind: FarKind): Promise<Volume> =>
    inScene(kind, async (scene) => {
      const ended = await esrOps(scene.command, scene.environment);
      expect(ended.exitCode, endOf(ended)).toBe(0);
      const volumes = farServices.map((service) => [service, { ...scene.proxies[service].passed }]);
      await expectHonest(ended, scene, { ...untouched, works: kind !== 'recover' });
      await expectTold(scene, [ended], false, false);
      return Object.fromEntries(volumes) as Volume;
    });

  async function endured({ kind, service, fault }: Trial, scene: FarScene, said: Ended[]): Promise<string> {
    const { environment, proxies, command } = scene;
    const ops = async (words: readonly string[]): Promise<Ended> => {
      const before = await scene.truth();
      const ended = await esrOps(words, environment, { atMostMs: 240_000 });
      said.push(ended);
      await expectHonest(ended, scene, before);
      return ended;
    };
    const proxy = proxies[service];
    proxy.arm(fault, lastsMs);
    let ended = await ops(command);
    const struck = proxy.struck();
    let first = `${kind} ${service} ${ended.exitCode}${struck ? '' : ' (it did not strike)'}`;
    await proxy.heal();
    if (service === 'webhook') expect(ended.exitCode, `told or not: ${endOf(ended)}`).toBe(0);
    for (let tries = 0; !ranThrough(ended) && tries < 5; tries += 1) {
      const open = (await runsOf(environment)).length > 0;
      ended = await ops(open ? resumption : command);
      first += ` → ${open ? 'resume' : 'again'} ${ended.exitCode}`;
      // Its first run ended before it changed anything.
      if (ended.exitCode === 0 && idle(ended)) {
        ended = await ops(command);
        first += ` → again ${ended.exitCode}`;
      }
    }
    expect(ranThrough(ended), endOf(ended)).toBe(true);
    expect(await scene.truth()).toEqual(doneAfter[kind]);
    await expectTold(scene, said, struck && service === 'webhook', fault.lasting);
    return first;
  }

  test(
    'SSH, S3 or a webhook that is late, stalls, is cut, reset or refused: done once, or stopped with a true statement and a working resume',
    async () => {
      const volumes = new Map<FarKind, Volume>();
      await Promise.all([...new Set(kinds)].map(async (kind) => volumes.set(kind, await volumeOf(kind))));
      const draw = drawing();
      const trials = Array.from({ length: runs }, (_, number): Trial => {
        const kind = draw.pick(kinds);
        const service = draw.pick(servicesOf[kind]);
        const volume = volumes.get(kind) ?? expect.fail(`${kind} was not measured`);
        return { number, kind, service, fault: drawFault(draw, volume[service]) };
      });
      await runTrials('Faults of far services', trials, shown, (trial) =>
        inScene(trial.kind, async (scene) => {
          const said: Ended[] = [];
          try {
            return await endured(trial, scene, said);
          } catch (error) {
            await keepTrial(trial.number, scene.environment, said, async () => ({
              'truth.json': JSON.stringify({ error: String(error), truth: await scene.truth() }, null, 2),
              'notices.txt': `asked:\n${scene.webhook.asked.join('\n\n')}\n\ntaken:\n${scene.webhook.taken.join('\n\n')}`,
            }));
            throw error;
          }
        }),
      );
    },
    Math.max(600_000, runs * 60_000),
  );
});

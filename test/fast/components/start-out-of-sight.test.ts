import { expect, test } from 'vitest';
import { apply, verify } from '../../../src/apply/component-start.ts';
import type { Seen, World } from '../../../src/apply/world.ts';
import type { ComponentStart } from '../../../src/core/change-component.ts';
import type { Component } from '../../../src/core/component.ts';
import { Fault } from '../../../src/core/fault.ts';
import type { ComponentsReader, ComponentsWriter } from '../../../src/core/ports-components.ts';

const esr: Component = {
  name: 'esr',
  aliases: [],
  is: 'a component that commands control',
  isNot: [],
  owner: 'us',
  host: 'far',
  control: { kind: 'commands', start: ['start'], stop: ['stop'], status: ['status'], logs: ['logs'] },
  recreate: null,
  health: { kind: 'command', command: ['true'], timeoutMs: 1_000 },
  log: { started: ['^Started'], failed: ['startup failed'] },
  stopGraceMs: 1_000,
  startLimitMs: 10_000,
  dependsOn: [],
  queues: [],
};
const change: ComponentStart = { kind: 'component.start', component: 'esr', before: null };
const unreachable = (): Fault =>
  new Fault({ code: 'host.unreachable', message: 'Connection reset.', exit: 'unreachable', details: { sent: false } });

/** A host with one component; time passes only where somebody waits. */
function farHost(log: string[], running = false) {
  const host = { running, reached: true, logReached: true, starts: 0, log };
  let now = 0;
  const reach = (reached: boolean): Promise<void> => (reached ? Promise.resolve() : Promise.reject(unreachable()));
  const components: ComponentsReader & Omit<ComponentsWriter, 'recreate'> = {
    process: async () => {
      await reach(host.reached);
      return { is: host.running ? 'running' : 'stopped', evidence: 'status', start: null, container: null };
    },
    health: () => Promise.resolve({ is: host.running ? 'healthy' : 'unhealthy', evidence: 'check' }),
    log: async () => {
      await reach(host.reached && host.logReached);
      return [...host.log];
    },
    start: () => {
      if (!host.running) {
        host.starts += 1;
        host.log.push('Starting', 'Started Thing');
      }
      host.running = true;
      return Promise.resolve({ evidence: [] });
    },
    stop: () => Promise.reject(new Error('nobody stops it')),
  };
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const seen = {
    environment: { components: [esr] },
    readers: { components, clock },
    writers: { components },
    outputs: {},
    progress: () => undefined,
  };
  return { host, components, seen: seen as unknown as Seen, world: seen as unknown as World };
}

test('a start that can not be seen any more is not known, was not refused, and is found when it can be seen again', async () => {
  const { host, components, seen, world } = farHost(['Starting', 'startup failed']);
  const start = components.start;
  components.start = async (component) => {
    const told = await start(component);
    host.reached = false;
    return told;
  };
  const lost = await apply(change, world).catch((error: unknown) => error);
  expect((lost as Fault).problems[0]).toMatchObject({ code: 'component.out-of-sight', details: { sent: true } });
  host.reached = true;
  expect(await verify(change, seen, null)).toMatchObject({ verdict: 'applied' });
  expect(host.starts).toBe(1);
});

test('one that runs already says in its log how its start went, however long ago', async () => {
  const { host, world } = farHost(['Starting', 'startup failed', 'Starting', 'Started Thing'], true);
  expect((await apply(change, world)).evidence).toContain('its log: Started Thing');
  expect(host.starts).toBe(0);
});

test('a log that can not be read before the start: that an earlier one failed is not said of this one', async () => {
  const { host, components, world } = farHost(['Starting', 'startup failed']);
  host.logReached = false;
  components.start = () => {
    Object.assign(host, { running: true, logReached: true });
    // It takes a while to say anything.
    const usual = { ...components };
    let looks = 0;
    components.log = (component, lines) => {
      looks += 1;
      if (looks === 3) host.log.push('Starting', 'Started Thing');
      return usual.log(component, lines);
    };
    return Promise.resolve({ evidence: [] });
  };
  expect((await apply(change, world)).evidence).toContain('its log: Started Thing');
});

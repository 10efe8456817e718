import { describe, expect, it, vi } from 'vitest';
import { mustApi } from '../support/servers.ts';
import { deadLetters } from './filled.ts';
import { headersOf, messageScene, numbered, said, type MessageScene } from './scene.ts';

vi.setConfig({ testTimeout: 180_000 });

/** The day in a zone as the team writes it in names of queues. */
function dayIn(zone: string): string {
  const parts = new Date().toLocaleDateString('sv-SE', { timeZone: zone });
  return parts.replaceAll('-', '.');
}

/** What is in a queue, with headers as the management API shows them; the messages stay. */
async function peek({ vhost }: MessageScene, queue: string): Promise<readonly Peeked[]> {
  return (await mustApi('POST', `/api/queues/${vhost.segment}/${encodeURIComponent(queue)}/get`, {
    count: 100,
    ackmode: 'ack_requeue_true',
    encoding: 'auto',
  })) as readonly Peeked[];
}

interface Peeked {
  readonly payload: string;
  readonly properties: { readonly headers?: Readonly<Record<string, unknown>> };
}

/** Two queues whose messages die into `esr.dlq`, three and two of them, and one that was published there directly. */
async function withDeadLetters(zone = 'Europe/London'): Promise<MessageScene> {
  const scene = await messageScene({ timezone: zone });
  await deadLetters(scene);
  await scene.publish('esr.dlq', ['by hand'], headersOf({ note: 'not dead' }));
  return scene;
}

describe('dead letters', () => {
  it.each(['Pacific/Kiritimati', 'Pacific/Niue'])(
    "are parked in a queue with the day in the environment's zone (%s), headers and order kept",
    async (zone) => {
      const scene = await withDeadLetters(zone);
      const before = await peek(scene, 'esr.dlq');
      const day = dayIn(zone);
      const ended = await scene.run('dlq', 'park', 'esr.dlq', '--yes');
      expect(ended.exitCode, ended.stderr).toBe(0);
      const dated = [`esr.dlq.${day}`, `esr.dlq.${dayIn(zone)}`].find((name) => ended.stderr.includes(name)) ?? '';
      expect(dated).not.toBe('');
      expect(await peek(scene, 'esr.dlq')).toEqual([]);
      const after = await peek(scene, dated);
      const comparable = (all: readonly Peeked[]) => all.map(({ payload, properties }) => ({ payload, properties }));
      expect(comparable(after)).toEqual(comparable(before));
      expect(after[0]?.properties.headers?.['x-death']).toMatchObject([{ queue: 'esr.one' }]);
    },
  );

  it('go back to the queues in which they died; one that does not say where is held back, counted and kept', async () => {
    const scene = await withDeadLetters();
    const parked = await scene.run('dlq', 'park', 'esr.dlq', 'parked', '--yes');
    expect(parked.exitCode, parked.stderr).toBe(0);
    expect(await scene.bodies('esr.dlq')).toEqual([]);
    const ended = await scene.run('dlq', 'requeue', 'parked', '--yes');
    // A message that is in no queue any more is not "done".
    expect(ended.exitCode, ended.stderr).toBe(5);
    expect(said(ended)).toContain('5 message(s) confirmed by the broker');
    expect(said(ended)).toContain('1 message(s) do not say in which queue they died');
    // Two drains of one second sort by chance.
    const drain = /esr-ops vhost messages (drain-\S+?-[0-9a-f]{6})/.exec(said(ended))?.[1] ?? '';
    expect(await scene.drains()).toContain(drain);
    expect(await scene.bodies('esr.one')).toEqual(numbered('one', 3));
    expect(await scene.bodies('esr.two')).toEqual(numbered('two', 2));
    expect(await scene.bodies('parked')).toEqual([]);
    const kept = await scene.run('vhost', 'messages', drain, '--header', 'note=not dead', '--show-bodies');
    expect(kept.stdout).toContain('by hand');
    // Five of the six were delivered: sending them once more wants that number, and can be left out.
    const asked = await scene.run('vhost', 'restore', drain, '--yes');
    expect(asked.exitCode, asked.stderr).toBe(3);
    expect(said(asked)).toContain(`--confirm resend:${drain}:5`);
    expect(await scene.bodies('parked')).toEqual([]);
    const back = await scene.run('vhost', 'restore', drain, '--unsent', '--yes');
    expect(back.exitCode, back.stderr).toBe(0);
    expect(said(back)).toContain('5 message(s) were sent by an earlier restore to another place and left out');
    expect(await scene.bodies('parked')).toEqual(['by hand']);
    const all = await scene.run('vhost', 'restore', drain, '--yes', '--confirm', `resend:${drain}:5`);
    expect(all.exitCode, all.stderr).toBe(0);
    expect(await scene.bodies('parked')).toEqual([...numbered('one', 3), ...numbered('two', 2)]);
  });

  it('whose queue is gone stay where they are until it is there again', async () => {
    const scene = await withDeadLetters();
    await mustApi('DELETE', `/api/queues/${scene.vhost.segment}/esr.two`);
    const ended = await scene.run('dlq', 'requeue', 'esr.dlq', '--yes');
    expect(ended.exitCode, ended.stderr).not.toBe(0);
    expect(said(ended)).toContain('died in queues that vhost');
    expect(said(ended)).toContain('declare esr.two');
    expect(said(ended)).toContain('Nothing was acknowledged');
    expect((await peek(scene, 'esr.dlq')).length).toBe(6);
    expect(await scene.bodies('esr.one')).toEqual([]);
    await scene.queue('esr.two');
    const resumed = await scene.run('resume', '--yes');
    expect([0, 5], resumed.stderr).toContain(resumed.exitCode);
    expect(said(resumed)).not.toContain('may be there twice');
    expect(await scene.bodies('esr.dlq')).toEqual([]);
    expect(await scene.bodies('esr.one')).toEqual(numbered('one', 3));
    expect(await scene.bodies('esr.two')).toEqual(numbered('two', 2));
  });

  it('in a queue that is not there: the name that was meant is suggested', async () => {
    const scene = await messageScene();
    await scene.queue('esr.dlq');
    const ended = await scene.run('dlq', 'park', 'esr.dql', '--yes');
    expect(ended.exitCode, ended.stderr).toBe(4);
    expect(said(ended)).toContain('Did you mean `esr.dlq`?');
    const queues = (await mustApi('GET', `/api/queues/${scene.vhost.segment}?columns=name`)) as readonly unknown[];
    expect(queues).toEqual([{ name: 'esr.dlq' }]);
  });
});

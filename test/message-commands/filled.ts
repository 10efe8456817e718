import { expect } from 'vitest';
import { seed } from '../crash/points.ts';
import { until } from '../../src/lab/until.ts';
import type { Ended } from '../support/program.ts';
import { mustApi } from '../support/servers.ts';
import { messageScene, numbered, said, type MessageScene } from './scene.ts';

/** The queues of {@link filled}. */
const queues = ['left', 'right'] as const;

/** The end of what was said, and the seed. */
export function because(ended: Pick<Ended, 'stderr'>): string {
  return `ESR_OPS_SEED=${seed}\n${ended.stderr.slice(-2_000)}`;
}

/** A scene with so many messages in each of two queues; every tenth body is the same as others. */
export async function filled(each: number): Promise<MessageScene> {
  const scene = await messageScene();
  for (const queue of queues) {
    await scene.queue(queue);
    await scene.publish(queue, bodiesOf(queue, each));
  }
  scene.hangUp();
  return scene;
}

function bodiesOf(queue: string, each: number): readonly string[] {
  return Array.from({ length: each }, (_, index) =>
    (index % 10 === 0 ? `${queue} same` : `${queue} ${index}`).padEnd(200, '.'),
  );
}

/** What {@link deadLetters} brings to death, by the queue in which they died. */
export const died = { 'esr.one': numbered('one', 3), 'esr.two': numbered('two', 2) } as const;

/** Two queues whose messages died into `esr.dlq`; from then on, what comes to them lives. */
export async function deadLetters(scene: MessageScene): Promise<void> {
  const dying = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'esr.dlq', 'x-message-ttl': 1 };
  await scene.queue('esr.dlq');
  for (const queue of Object.keys(died)) await scene.queue(queue, dying);
  for (const [queue, bodies] of Object.entries(died)) await scene.publish(queue, bodies);
  const dead = async (): Promise<unknown> =>
    await mustApi('POST', `/api/queues/${scene.vhost.segment}/esr.dlq/get`, {
      count: 100,
      ackmode: 'ack_requeue_true',
      encoding: 'auto',
    });
  await until('the messages to die', async () => ((await dead()) as readonly unknown[]).length === 5, {
    atMostMs: 60_000,
  });
  for (const queue of Object.keys(died)) {
    await mustApi('DELETE', `/api/queues/${scene.vhost.segment}/${queue}`);
    await scene.queue(queue);
  }
}

/** How many messages the program said may be there twice. */
export function maybeTwice(ended: Pick<Ended, 'stderr'>): number {
  return Math.max(0, ...[...said(ended).matchAll(/may be there twice: (\d+)/g)].map(([, count]) => Number(count)));
}

/** Every message is in the one drain, and none is left in the queues. */
export async function expectDrained(scene: MessageScene, each: number): Promise<void> {
  for (const queue of queues) expect(await scene.take(queue)).toEqual([]);
  const drain = (await scene.drains()).at(-1) ?? '';
  expect(await scene.drains()).toHaveLength(1);
  const counted = await scene.run('vhost', 'messages', drain, '--count', '--output', 'json');
  expect(counted.lines.at(-1), because(counted)).toMatchObject({
    payload: { total: 2 * each, queues: { left: each, right: each } },
  });
}

/** All that was published is in its queue, and no more twice than was said. Returns how many are. */
export async function expectRestored(scene: MessageScene, each: number, twice: number): Promise<number> {
  const wanted = Object.fromEntries(queues.map((queue) => [queue, bodiesOf(queue, each)]));
  return await expectThere(scene, wanted, twice);
}

/** These bodies are in these queues, and no more of them twice than was said. Returns how many are. */
export async function expectThere(
  scene: MessageScene,
  wanted: Readonly<Record<string, readonly string[]>>,
  twice: number,
): Promise<number> {
  let more = 0;
  for (const [queue, bodies] of Object.entries(wanted)) {
    const found = await scene.bodies(queue);
    const left = new Map<string, number>();
    for (const body of found) left.set(body, (left.get(body) ?? 0) + 1);
    for (const body of bodies) left.set(body, (left.get(body) ?? 0) - 1);
    const missing = [...left].filter(([, count]) => count < 0);
    expect(missing, `${queue}, ESR_OPS_SEED=${seed}`).toEqual([]);
    more += found.length - bodies.length;
  }
  expect(more, `ESR_OPS_SEED=${seed}`).toBeLessThanOrEqual(twice);
  return more;
}

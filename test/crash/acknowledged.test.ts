import { expect, onTestFinished, test } from 'vitest';
import { esrOps } from '../support/program.ts';
import { inPool, randomFrom, sample } from './points.ts';
import { endOf, expectRecovered, killedAt, newestJournal, recovery, resumption, runsOf } from './recovering.ts';
import { openScene } from './scene.ts';

const every = process.env['ESR_OPS_CRASH'] !== undefined;
const seed = Number(process.env['ESR_OPS_SEED'] ?? Math.floor(Math.random() * 1e9));

let known: ReturnType<typeof lookHalfWay> | undefined;
const halfWay = (): ReturnType<typeof lookHalfWay> => (known ??= lookHalfWay());

/** Records of an undisturbed run after which the world is half-way: between two changes of fence, recreation and lift. */
async function lookHalfWay(): Promise<readonly { readonly record: number; readonly what: string }[]> {
  const at = await openScene();
  try {
    const undisturbed = await esrOps(recovery(at), at.environment);
    expect(undisturbed.exitCode, endOf(undisturbed)).toBe(0);
    return (await newestJournal(at.environment))
      .filter(({ entry }) => ['fence', 'recreate', 'lift'].includes(String(entry['step'])))
      .filter(({ entry }) => entry.type === 'change.applied' || isIntentOf(entry, 'definitions.import'))
      .map(({ seq, entry }) => ({
        record: seq,
        what: `${entry.type} ${String(entry['step'])} ${String(entry['index'])}`,
      }));
  } finally {
    await at.remove();
  }
}

function isIntentOf(entry: { readonly type: string; readonly change?: unknown }, kind: string): boolean {
  return entry.type === 'change.intended' && (entry.change as { kind: string }).kind === kind;
}

test('whatever a killed run left behind, once it is acknowledged a new recovery brings everything and everybody back', async () => {
  const points = await halfWay();
  expect(points.length).toBeGreaterThanOrEqual(9);
  const chosen = every ? points : sample(points, 3, randomFrom(seed));
  process.stderr.write(`Acknowledged half-way: ${chosen.length} of ${points.length} (ESR_OPS_SEED=${seed}).\n`);
  const failed: string[] = [];
  await inPool(chosen, 3, async ({ record, what }) => {
    const at = await openScene();
    try {
      const killed = await killedAt(recovery(at), at.environment, { record, way: 'after' });
      expect(killed.exitCode, endOf(killed)).toBe(137);
      const [run = ''] = await runsOf(at.environment);
      const acknowledged = await esrOps(['runs', 'ack', run, '--reason', 'I take it from here'], at.environment);
      expect(acknowledged.exitCode, endOf(acknowledged)).toBe(0);
      const recovered = await esrOps(recovery(at), at.environment);
      expect(recovered.exitCode, endOf(recovered)).toBe(0);
      await expectRecovered(at);
    } catch (error) {
      failed.push(`${what} (record ${record}): ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await at.remove();
    }
  });
  expect(failed).toEqual([]);
}, 600_000);

test('a capture of a vhost that was created anew and is still empty does not count as good, although the vhost runs', async () => {
  const record = (await halfWay()).find(({ what }) => what.startsWith('change.intended'))?.record ?? -1;
  const at = await openScene();
  onTestFinished(() => at.remove());
  const killed = await killedAt(recovery(at), at.environment, { record, way: 'after' });
  expect(killed.exitCode, endOf(killed)).toBe(137);
  const [run = ''] = await runsOf(at.environment);
  expect((await esrOps(['runs', 'ack', run, '--reason', 'only to take a capture'], at.environment)).exitCode).toBe(0);
  const captured = await esrOps(['vhost', 'capture', '--yes'], at.environment);
  expect(captured.stderr.replaceAll(/\s+/g, ' ')).toContain('does not count as good');
  expect(captured.stderr).toContain('exchange app.events');

  const nothing = await esrOps(resumption, at.environment);
  expect(nothing.stdout).toContain('Nothing to do');
  const recovered = await esrOps(recovery(at), at.environment);
  expect(recovered.exitCode, endOf(recovered)).toBe(0);
  await expectRecovered(at);
}, 600_000);

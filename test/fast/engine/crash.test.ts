import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fault } from '../../../src/core/fault.ts';
import type { Runbook, RunbookStep } from '../../../src/core/runbook.ts';
import { condition, doing, engine, runbook, simulatedWorld, type SimulatedWorld } from './engine.ts';

const conditions = [
  "vhost.v1 == 'running'",
  "vhost.v2 == 'absent'",
  'user.u1',
  '!user.u2',
  "user.u1 || vhost.v1 != 'running'",
];

const steps = fc
  .array(
    fc.record({
      verb: fc.constantFrom('shut', 'admit', 'remake', 'remove'),
      which: fc.constantFrom('1', '2'),
      when: fc.option(fc.constantFrom(...conditions)),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((wanted) =>
    wanted.map(({ verb, which, when }, index): RunbookStep => {
      const target = verb === 'shut' || verb === 'admit' ? `u${which}` : `v${which}`;
      return doing(`step-${index}`, verb, target, when === null ? null : condition(when));
    }),
  );

/** What goes wrong, and after how many more moments at which it could. */
const trouble = fc.array(
  fc.record({
    is: fc.constantFrom('crash', 'time-out before the effect', 'time-out after the effect'),
    after: fc.integer({ min: 0, max: 12 }),
  }),
  { maxLength: 5 },
);
type Trouble = { readonly is: string; readonly after: number };

class Killed extends Error {}

async function carryOut(
  book: Runbook,
  world: SimulatedWorld,
  troubles: readonly Trouble[],
  blind = false,
): Promise<readonly string[]> {
  const left = [...troubles];
  let moments = 0;
  let dead = false;
  /** True when the trouble at the head of the list is of this kind and due. */
  const due = (kind: (is: string) => boolean): string | null => {
    const [next] = left;
    if (next === undefined || !kind(next.is)) return null;
    moments += 1;
    if (moments <= next.after) return null;
    left.shift();
    moments = 0;
    return next.is;
  };
  const mayDie = (): void => {
    if (!dead && due((is) => is === 'crash') !== null) dead = true;
    if (dead) throw new Killed();
  };
  const made = engine({
    world,
    beforeAppend: mayDie,
    afterAppend: mayDie,
    applier: (double) => ({
      apply: async (change, outputs) => {
        mayDie();
        const lost = due((is) => is !== 'crash');
        const timedOut = new Fault({
          code: 'sim.time-out',
          message: 'no answer',
          exit: 'failed',
          details: { sent: true },
        });
        if (lost === 'time-out before the effect') throw timedOut;
        const applied = await double.apply(change, outputs);
        if (lost !== null) throw timedOut;
        mayDie();
        return applied;
      },
      verify: async (...args) => {
        mayDie();
        const seen = await double.verify(...args);
        return blind && args[2] === null ? { ...seen, verdict: 'not-applied' } : seen;
      },
    }),
  });
  const plan = await made.plan(book);
  const ends: string[] = [];
  for (let attempt = 0; attempt < 12; attempt += 1) {
    dead = false;
    const before = left.length;
    try {
      const end = made.records.length === 0 ? await made.start(book, plan) : await made.resume(book);
      ends.push(end.exit);
      if (before === left.length) break;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      ends.push('killed');
    }
  }
  return ends;
}

const deletions = (world: SimulatedWorld): readonly string[] =>
  world.effects.flatMap((change) => (change.kind === 'vhost.delete' ? [change.vhost] : []));

it('ends as an undisturbed run ends, wherever it is killed, and destroys nothing twice', async () => {
  let killed = 0;
  await fc.assert(
    fc.asyncProperty(steps, trouble, async (wanted, troubles) => {
      const book = runbook(wanted);
      const undisturbed = simulatedWorld();
      const [exit] = await carryOut(book, undisturbed, []);
      const disturbed = simulatedWorld();
      const ends = await carryOut(book, disturbed, troubles);
      if (ends.includes('killed')) killed += 1;
      expect(ends.at(-1)).toBe(exit);
      expect([...disturbed.vhosts].sort()).toEqual([...undisturbed.vhosts].sort());
      expect([...disturbed.users].sort()).toEqual([...undisturbed.users].sort());
      expect(deletions(disturbed)).toEqual(deletions(undisturbed));
    }),
    { numRuns: 600 },
  );
  expect(killed).toBeGreaterThan(100);
});

it('would notice if something were destroyed twice: here nobody looks whether it was done', async () => {
  const book = runbook([doing('a', 'remake', 'v1')]);
  const world = simulatedWorld();
  // Moments of a crash: two for each of run.started, step.approved and change.intended, then before the effect.
  await carryOut(book, world, [{ is: 'crash', after: 7 }], true);
  expect(deletions(world)).toEqual(['v1', 'v1']);
});

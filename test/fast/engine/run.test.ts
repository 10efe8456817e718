import { describe, expect, it } from 'vitest';
import { helpTopics } from '../../../src/cli/help-topics.ts';
import { requireConsent } from '../../../src/core/consent.ts';
import { exitCodes } from '../../../src/core/exit-codes.ts';
import { Fault } from '../../../src/core/fault.ts';
import { fold, isSettled } from '../../../src/core/fold.ts';
import type { Host } from '../../../src/core/host.ts';
import type { Runbook } from '../../../src/core/runbook.ts';
import {
  byHand,
  checking,
  condition,
  doing,
  engine,
  runbook,
  simulatedWorld,
  waitingFor,
  type EngineOptions,
} from './engine.ts';

/** Plans, lets something happen, and carries out. */
async function carriedOut(book: Runbook, options: EngineOptions = {}, between: () => void = () => undefined) {
  const made = engine(options);
  const plan = await made.plan(book);
  between();
  const end = await made.start(book, plan);
  return { ...made, end, entries: made.records.map(({ entry }) => entry) };
}

describe('a run whose world is no longer as planned', () => {
  it('is stale before the first effect when a settled step would do something else', async () => {
    const world = simulatedWorld();
    const { end } = await carriedOut(runbook([doing('a', 'shut', 'u1')]), { world }, () => world.users.delete('u1'));
    expect(end.exit).toBe('stale');
    expect(world.effects).toEqual([]);
  });

  it('has failed after an effect, and says how to go on', async () => {
    const world = simulatedWorld();
    const book = runbook([doing('a', 'shut', 'u1'), doing('b', 'remove', 'v1')]);
    const { end } = await carriedOut(book, { world }, () => world.vhosts.delete('v1'));
    expect(end.exit).toBe('failed');
    expect(end.next.join()).toContain('esr-ops resume run-1');
    expect(world.effects).toHaveLength(1);
  });

  it('is stale when a step that was to run would be skipped now, and the other way round', async () => {
    const world = simulatedWorld();
    const when = condition("vhost.v1 == 'running'");
    const gone = await carriedOut(runbook([doing('a', 'shut', 'u1', when)]), { world }, () =>
      world.vhosts.delete('v1'),
    );
    const back = await carriedOut(runbook([doing('a', 'shut', 'u1', when)]), { world }, () => world.vhosts.add('v1'));
    expect([gone.end.exit, back.end.exit]).toEqual(['stale', 'stale']);
    expect(world.effects).toEqual([]);
  });

  it('stops at a step whose condition stays unknown when it is due', async () => {
    const { end } = await carriedOut(runbook([doing('a', 'shut', 'u1', condition('other.flag'))]));
    expect(end).toMatchObject({ exit: 'stale', problems: [{ code: 'step.undecided' }] });
  });

  it('decides a later step in the world as it is then', async () => {
    const world = simulatedWorld();
    const book = runbook([
      doing('a', 'remove', 'v1'),
      doing('b', 'remake', 'v1', condition("vhost.v1 == 'absent'")),
      doing('c', 'remake', 'v2', condition("vhost.v1 == 'absent'")),
    ]);
    const { end, entries } = await carriedOut(book, { world });
    expect(end.exit).toBe('done');
    expect(world.effects.map(({ kind }) => kind)).toEqual(['vhost.delete', 'vhost.create']);
    expect(entries.filter(({ type }) => type === 'step.skipped')).toHaveLength(1);
  });
});

describe('a blocker that appears when a step is due', () => {
  it.each([
    ['u1', 'blocked', 0],
    ['u2', 'failed', 1],
  ])('of %s ends the run as %s after %d effects', async (target, exit, effects) => {
    const world = simulatedWorld();
    let planned = false;
    const options = { world, blocked: (which: string) => planned && which === target };
    const book = runbook([doing('a', 'shut', 'u1'), doing('b', 'shut', 'u2')]);
    const { end } = await carriedOut(book, options, () => (planned = true));
    expect(end).toMatchObject({ exit, problems: [{ code: 'sim.blocked' }] });
    expect(world.effects).toHaveLength(effects);
  });
});

describe('a change whose outcome is not known', () => {
  const sent = new Fault({ code: 'sim.time-out', message: 'no answer', exit: 'failed', details: { sent: true } });
  const book = runbook([doing('a', 'remove', 'v1'), doing('b', 'shut', 'u1')]);
  const blind =
    (sees: boolean): NonNullable<EngineOptions['applier']> =>
    (double) => ({
      apply: async (change, outputs) => {
        if (change.kind === 'vhost.delete') {
          await double.apply(change, outputs);
          throw sent;
        }
        return await double.apply(change, outputs);
      },
      verify: (change, ...rest) =>
        sees || change.kind !== 'vhost.delete'
          ? double.verify(change, ...rest)
          : Promise.reject(
              new Fault({ code: 'sim.blind', message: 'the broker does not answer', exit: 'unreachable' }),
            ),
    });

  it('is settled by looking, and the run goes on', async () => {
    const { end, entries } = await carriedOut(book, { applier: blind(true) });
    expect(end.exit).toBe('done');
    expect(entries).toContainEqual(expect.objectContaining({ type: 'change.failed', certain: false }));
    expect(entries).toContainEqual(
      expect.objectContaining({ type: 'change.settled', verdict: 'applied', by: 'evidence' }),
    );
  });

  it('ends the run as unknown where nobody can be asked, and resuming asks the world again', async () => {
    let sees = false;
    const world = simulatedWorld();
    const made = engine({
      world,
      applier: (double) => ({
        apply: (change, outputs) => blind(sees)(double).apply(change, outputs),
        verify: (...args) => blind(sees)(double).verify(...args),
      }),
    });
    const plan = await made.plan(book);
    expect((await made.start(book, plan)).exit).toBe('unknown');
    expect(world.effects).toHaveLength(1);
    expect((await made.resume(book)).exit).toBe('unknown');
    expect(world.effects).toHaveLength(1);
    sees = true;
    expect((await made.resume(book)).exit).toBe('done');
    expect(world.effects.map(({ kind }) => kind)).toEqual(['vhost.delete', 'permission.withdraw']);
  });

  it.each([
    ['applied', 'done'],
    ['stop', 'unknown'],
  ])('is put to the person, who says %s: %s', async (text, exit) => {
    const { end, asked, entries } = await carriedOut(book, {
      applier: blind(false),
      canAsk: true,
      answer: () => ({ kind: 'text', text }),
    });
    expect(end.exit).toBe(exit);
    expect(asked.map(({ code }) => code)).toEqual(['settle.a']);
    const byOperator = entries.filter((entry) => entry.type === 'change.settled' && entry.by === 'operator');
    expect(byOperator).toHaveLength(text === 'applied' ? 1 : 0);
  });

  it('has certainly failed when nothing was sent', async () => {
    const world = simulatedWorld();
    const refused = new Fault({ code: 'sim.refused', message: 'no', exit: 'failed' });
    const { end } = await carriedOut(book, {
      world,
      applier: (double) => ({ ...double, apply: () => Promise.reject(refused) }),
    });
    expect(end).toMatchObject({ exit: 'failed', problems: [{ code: 'sim.refused' }] });
    expect(world.effects).toEqual([]);
  });

  it('has failed when reading it back shows something else', async () => {
    const { end } = await carriedOut(runbook([doing('a', 'shut', 'u1')]), {
      applier: (double) => ({
        ...double,
        verify: () => Promise.resolve({ verdict: 'not-applied', evidence: ['still there'], output: {} }),
      }),
    });
    expect(end).toMatchObject({ exit: 'failed', problems: [{ code: 'permission.withdraw.not-proved' }] });
  });
});

describe('waiting and checking', () => {
  it('waits until it holds, and no longer', async () => {
    const world = simulatedWorld({ facts: new Map([['other.count', { known: true, value: 0 }]]) });
    const facts = world.facts;
    let reads = 0;
    facts.get = (name) => (name === 'other.count' ? { known: true, value: (reads += 1) } : undefined);
    const { end, entries } = await carriedOut(runbook([waitingFor('w', 'other.count >= 4')]), { world });
    expect(end.exit).toBe('done');
    expect(entries).toContainEqual(expect.objectContaining({ type: 'step.checked', met: true, attempts: 4 }));
    expect(world.now).toBe(3000);
  });

  it.each([
    ['stop', 'blocked'],
    ['unverified', 'unverified'],
  ] as const)('has a limit, after which it means %s', async (unmet, exit) => {
    const world = simulatedWorld();
    const { end } = await carriedOut(runbook([waitingFor('w', 'other.flag', unmet)]), { world });
    expect(end.exit).toBe(exit);
    expect(world.now).toBe(5000);
  });

  describe('in vain', () => {
    const otherwise = 'nothing runs any more';
    const wait = (over: object) => ({
      ...waitingFor('w', 'other.count >= 40', 'unverified'),
      atMostMs: 60_000,
      ...over,
    });
    const unless = { that: condition('user.u1'), forMs: 3_000, otherwise, next: 'esr-ops recover cdc' };

    it.each([
      ['unverified', 'unverified'],
      ['stop', 'blocked'],
    ] as const)('ends early, says why, and names the next command (%s)', async (unmet, exit) => {
      const world = simulatedWorld();
      const { end, entries, said } = await carriedOut(runbook([wait({ unless, unmet })]), { world });
      expect(end).toMatchObject({ exit, next: ['esr-ops recover cdc --env sim'] });
      expect(world.now).toBe(3_000);
      expect(said).toContainEqual(
        expect.objectContaining({ code: 'check.unmet', payload: expect.objectContaining({ otherwise }) as unknown }),
      );
      const facts = expect.objectContaining({ 'user.u1': true }) as unknown;
      expect(entries).toContainEqual(expect.objectContaining({ type: 'step.checked', facts, next: unless.next }));
    });

    it('waits on through a break that ends by itself, and where nobody knows', async () => {
      const world = simulatedWorld();
      let looks = 0;
      const readings = [true, true, false, true, undefined, true, true];
      world.facts.get = (name) => {
        if (name !== 'user.u1') return undefined;
        const value = readings[looks];
        looks += 1;
        return value === undefined ? { known: false, why: 'nobody knows' } : { known: true, value };
      };
      const { end } = await carriedOut(runbook([wait({ unless, atMostMs: 6_000 })]), { world });
      expect([world.now, looks]).toEqual([6_000, 7]);
      expect(end.next.join()).toContain('look at w yourself');
    });
  });

  it('claims nothing of a check that nobody could answer', async () => {
    const { end, said } = await carriedOut(runbook([checking('c', 'other.flag')]));
    expect(end.summary).toBe('Step c: It could not be found out: other.flag is not known: nobody has looked.');
    expect(said).toContainEqual(
      expect.objectContaining({ code: 'check.unmet', payload: expect.objectContaining({ unknown: true }) as unknown }),
    );
  });

  it('has failed, not been blocked, when something was changed before', async () => {
    const { end } = await carriedOut(runbook([doing('a', 'shut', 'u1'), checking('c', 'user.u1')]));
    expect(end).toMatchObject({ exit: 'failed', problems: [{ code: 'check.c' }] });
  });

  it('is interrupted by Ctrl-C, and resuming waits anew', async () => {
    const world = simulatedWorld();
    const stop = new AbortController();
    world.facts.get = (name) => {
      if (name === 'other.flag') stop.abort();
      return undefined;
    };
    const { end, entries } = await carriedOut(runbook([waitingFor('w', 'other.flag')]), { world, stop });
    expect(end.exit).toBe('interrupted');
    expect(entries.map(({ type }) => type)).toEqual(['run.started', 'run.interrupted', 'run.ended']);
  });
});

describe('a step that a person does', () => {
  const book = runbook([byHand('look')]);
  it('takes what was written beforehand', async () => {
    const { end, entries } = await carriedOut(book, { given: { did: { look: 'all quiet' } } });
    expect(end.exit).toBe('done');
    expect(entries).toContainEqual(expect.objectContaining({ saw: 'all quiet', how: 'flag' }));
  });
  it('takes what is typed', async () => {
    const answer = () => ({ kind: 'text', text: 'seen' }) as const;
    const { end, entries } = await carriedOut(book, { canAsk: true, answer });
    expect(end.exit).toBe('done');
    expect(entries).toContainEqual(expect.objectContaining({ saw: 'seen', how: 'typed' }));
  });
  it('ends as unverified when nobody said anything', async () => {
    const { end } = await carriedOut(book);
    expect(end).toMatchObject({ exit: 'unverified', summary: expect.stringContaining('look') as string });
    expect(exitCodes[end.exit].code).toBe(5);
  });
  it.each([
    ['closed', 'declined'],
    ['interrupted', 'interrupted'],
    ['no', 'declined'],
  ] as const)('is not done when the answer is %s', async (kind, exit) => {
    const { end } = await carriedOut(book, { canAsk: true, answer: () => ({ kind }) });
    expect(end.exit).toBe(exit);
  });
});

describe('what stops a run at once', () => {
  const book = runbook([doing('a', 'shut', 'u1'), doing('b', 'shut', 'u2')]);
  it('a lost lock: asked before each effect', async () => {
    const world = simulatedWorld();
    const lockLost = () => Promise.resolve(world.effects.length === 1 ? 'The lock' : null);
    const { end } = await carriedOut(book, { world, lockLost });
    expect(end).toMatchObject({ exit: 'locked', problems: [{ code: 'lock.lost' }] });
    expect(world.effects).toHaveLength(1);
  });

  it.each(['step.approved', 'change.intended', 'change.applied'] as const)(
    'a journal that does not take %s: no effect without its intent on disk',
    async (type) => {
      const world = simulatedWorld();
      const full = new Fault({ code: 'journal.not-written', message: 'disk full', exit: 'failed' });
      const beforeAppend = (entry: { type: string }) => {
        if (entry.type === type) throw full;
      };
      await expect(carriedOut(book, { world, beforeAppend })).rejects.toBe(full);
      expect(world.effects).toHaveLength(type === 'change.applied' ? 1 : 0);
    },
  );

  it('Ctrl-C: at the next boundary', async () => {
    const world = simulatedWorld();
    const stop = new AbortController();
    const afterAppend = (entry: { type: string }) => {
      if (entry.type === 'change.applied') stop.abort();
    };
    const { end } = await carriedOut(book, { world, stop, afterAppend });
    expect(end.exit).toBe('interrupted');
    expect(world.effects).toHaveLength(1);
  });
});

describe('consent', () => {
  const book = runbook([doing('a', 'remove', 'v1')]);
  it.each([
    ['--yes alone', { yes: true, confirm: [] }],
    ['the token of another target', { yes: true, confirm: ['recreate:v2'] }],
  ])('is not given by %s', async (_, given) => {
    const { end, world } = await carriedOut(book, { given });
    expect(end.exit).toBe('declined');
    expect(world.effects).toEqual([]);
  });
  it.each([
    ['v1', 'done', 1],
    ['V1', 'declined', 0],
    ['v1 ', 'declined', 0],
    ['y', 'declined', 0],
  ])('is given by typing the name and nothing else: %j', async (text, exit, effects) => {
    const options = {
      given: { yes: false, confirm: [], did: {} },
      canAsk: true,
      answer: () => ({ kind: 'text', text }) as const,
    };
    const { end, world, entries } = await carriedOut(book, options);
    expect(end.exit).toBe(exit);
    expect(world.effects).toHaveLength(effects);
    const approved = entries.filter(({ type }) => type === 'step.approved');
    expect(approved).toHaveLength(effects);
    if (effects > 0) expect(approved[0]).toMatchObject({ how: 'typed', tokens: ['recreate:v1'] });
  });
  it.each(['closed', 'interrupted', 'no'] as const)('is not given by %s', async (kind) => {
    const { end, world } = await carriedOut(book, {
      given: { yes: false, confirm: [], did: {} },
      canAsk: true,
      answer: () => ({ kind }),
    });
    expect(end.exit).toBe(kind === 'interrupted' ? 'interrupted' : 'declined');
    expect(world.effects).toEqual([]);
  });
});

describe('consent that is missing', () => {
  const host = { canAsk: false } as Host;
  const steps = [doing('a', 'remake', 'v1'), doing('b', 'remove', 'v2'), doing('c', 'shut', 'u1')];

  it('is refused before anything happens, each flag named', async () => {
    const plan = await engine().plan(runbook(steps));
    const guarded = { ...plan, environment: { ...plan.environment, protected: true } };
    const none = { yes: false, confirm: [], did: {} };
    try {
      requireConsent(guarded, none, host, null);
      expect.unreachable();
    } catch (error) {
      const { problems, exit } = error as Fault;
      expect(exit).toBe('declined');
      expect(problems.map(({ where }) => where)).toEqual([
        '--reason "..."',
        '--yes',
        '--confirm recreate:v1',
        '--confirm recreate:v2',
      ]);
    }
    const confirm = ['recreate:v1', 'recreate:v2'];
    expect(() => requireConsent(guarded, { ...none, yes: true, confirm }, host, 'because')).not.toThrow();
    expect(() => requireConsent(guarded, { ...none, confirm }, host, 'because')).toThrow('--yes is missing');
  });
});

describe('the state of a run', () => {
  it('is the same from its records as it was while it ran', async () => {
    const { records } = await carriedOut(runbook([doing('a', 'shut', 'u1'), byHand('b')]));
    const state = fold(records);
    expect([...state.steps].map(([id, step]) => [id, step.is, step.outcome])).toEqual([
      ['a', 'finished', 'verified'],
      ['b', 'finished', 'unverified'],
    ]);
    expect(state).toMatchObject({ effects: 1, ended: { exit: 'unverified' } });
  });

  it('is settled after a failure only when every change is proved and nothing is left to put back', async () => {
    const harmless = await carriedOut(runbook([doing('a', 'admit', 'u3'), checking('c', '!user.u1')]));
    const fenced = await carriedOut(runbook([doing('a', 'shut', 'u1'), checking('c', 'user.u1')]));
    const deleted = await carriedOut(runbook([doing('a', 'remove', 'v1'), checking('c', '!user.u1')]));
    expect([harmless, fenced, deleted].map(({ end }) => end.exit)).toEqual(['failed', 'failed', 'failed']);
    expect([harmless, fenced, deleted].map(({ records }) => isSettled(fold(records)))).toEqual([true, false, false]);
  });

  it('is refused when the records do not add up', async () => {
    const { records } = await carriedOut(runbook([doing('a', 'shut', 'u1')]));
    expect(() => fold([])).toThrow(Fault);
    expect(() => fold(records.slice(1))).toThrow('does not start a run');
    expect(() => fold([...records, records[0]!])).toThrow('a second record');
    expect(() => fold(records.filter(({ entry }) => entry.type !== 'step.approved'))).toThrow('was not approved');
  });
});

it('has one number for each exit and one exit for each number, and help tells all of them', () => {
  const numbers = Object.values(exitCodes).map(({ code }) => code);
  expect(new Set(numbers).size).toBe(numbers.length);
  const topic = helpTopics
    .find(({ name }) => name === 'exit-codes')!
    .body()
    .replaceAll(/\s+/g, ' ');
  for (const { code, meaning } of Object.values(exitCodes)) {
    expect(topic).toContain(String(code));
    expect(topic).toContain(meaning);
  }
});

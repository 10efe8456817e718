import { describe, expect, it } from 'vitest';
import { byHand, condition, doing, engine, runbook, simulatedWorld } from './engine.ts';

describe('what a plan decides', () => {
  it.each([
    ["vhost.v1 == 'running'", 'run'],
    ["vhost.v1 == 'absent'", 'skip'],
    ['other.flag', 'later'],
    ["other.flag && vhost.v1 == 'absent'", 'skip'],
    ["other.flag || vhost.v1 == 'running'", 'run'],
    ["other.flag && vhost.v1 == 'running'", 'later'],
    ['!other.flag', 'later'],
  ])('of a step when %s: %s', async (when, expected) => {
    const { plan } = engine();
    const [step] = (await plan(runbook([doing('a', 'shut', 'u1', condition(when))]))).steps;
    expect(step?.decision.is).toBe(expected);
  });

  it('leaves to later what an earlier step may change, and says which', async () => {
    const { plan } = engine();
    const made = await plan(
      runbook([
        doing('first', 'remake', 'v1'),
        doing('second', 'remove', 'v2', condition("vhost.v2 == 'running'")),
        doing('third', 'shut', 'u1', condition('user.u1')),
      ]),
    );
    expect(made.steps.map((step) => [step.decision.is, step.settled])).toEqual([
      ['run', true],
      ['later', false],
      ['run', true],
    ]);
    expect(made.steps[1]?.decision).toMatchObject({ why: expect.stringContaining('step first') as string });
  });

  it('does not let a step that changes nothing unsettle the next', async () => {
    const { plan } = engine();
    const made = await plan(runbook([doing('first', 'admit', 'u1'), doing('second', 'shut', 'u2')]));
    expect(made.steps.map((step) => step.settled)).toEqual([true, true]);
  });

  it('has an action that looks at what moves decided again when it runs', async () => {
    const { plan } = engine({ settles: 'run' });
    expect((await plan(runbook([doing('a', 'shut', 'u1')]))).steps[0]?.settled).toBe(false);
  });

  it('says that nothing is to be done only when that is known', async () => {
    const { plan } = engine();
    const needed = (when: string) => ({ needed: { when: condition(when), otherwise: 'all is well' } });
    expect((await plan(runbook([], needed("vhost.v1 == 'absent'")))).nothingToDo).toBe('all is well');
    expect((await plan(runbook([], needed("vhost.v1 == 'running'")))).nothingToDo).toBeNull();
    expect((await plan(runbook([], needed('other.flag')))).nothingToDo).toBeNull();
  });

  it.each([
    ["vhost.v1 == 'absent'", 'does not hold'],
    ['other.flag', 'is not known'],
  ])('refuses when a check before it %s', async (that) => {
    const { plan } = engine();
    const before = [{ id: 'sure', that: condition(that), otherwise: 'not sure', exit: 'blocked' as const }];
    await expect(plan(runbook([], { before }))).rejects.toMatchObject({ exit: 'blocked', message: 'not sure' });
  });

  it('names each consent that could be needed, also of steps that are decided later', async () => {
    const { plan } = engine();
    const made = await plan(
      runbook([doing('a', 'remake', 'v1'), doing('b', 'remove', 'v2', condition("vhost.v2 == 'running'"))]),
    );
    expect(made.steps.flatMap((step) => step.consent.map((need) => need.token))).toEqual([
      'recreate:v1',
      'recreate:v2',
    ]);
  });

  it('has the same digest for the same world, and another for another', async () => {
    const book = runbook([doing('a', 'shut', 'u1', condition("vhost.v1 == 'running'")), byHand('look')]);
    const [one, same, other] = await Promise.all([
      engine().plan(book),
      engine().plan(book),
      engine({ world: simulatedWorld({ users: new Set() }) }).plan(book),
    ]);
    expect(same.digest).toBe(one.digest);
    expect(other.digest).not.toBe(one.digest);
    expect(same.id).not.toBe(one.id);
  });
});

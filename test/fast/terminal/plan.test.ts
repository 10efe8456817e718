import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/terminal/wrap.ts';
import { samplePlan, sampleStep } from '../../support/sample-plan.ts';
import { rows, styleOf, text } from './screen.ts';

describe('a plan', () => {
  it('says for each step what would change, what not, and what is not known', () => {
    expect(text({ code: 'plan.shown', payload: { plan: samplePlan() } })).toMatchInlineSnapshot(`
      "Plan: recover vhost
        environment lab (protected)
        target      vhost:esr at http://127.0.0.1:15672
        changes     2 of 5 steps: capture, recreate
        perhaps     1 more, decided when it runs: fence
        destructive recreate:esr
        not known   something of capture, as is said there
        blocked     ✗ recreate: The capture of esr is poorer than the last good one.
        asked for   vhost = esr
        found       vhost.state = down, vhost.consumers = unknown (the vhost is not
                    running)
        planned     2026-03-22 06:25:00Z (06:25 Europe/London)

      1. capture — Keep what a delete would lose
         routine, will run
         would change:
           • save vhost esr (everything except messages) to a capture
         can't be known yet:
           • depths: the vhost is not running

      2. reboot
         destructive, skipped: inputs.reboot — esr was not asked for

      3. fence
         disruptive, decided when it runs: step capture may change vhost.state
         would change, as far as is known now:
           • withdraw the permission of user esr-0 on vhost esr
           • withdraw the permission of user esr-1 on vhost esr
           • withdraw the permission of user esr-2 on vhost esr
           • withdraw the permission of user esr-3 on vhost esr
           • withdraw the permission of user esr-4 on vhost esr
             and 4 more like this
         would not change:
           • user esr has no permission
         ▲ esr reconnects often

      4. recreate
         destructive, will run
         would change:
           • delete vhost esr and every message in it; it is created again from the
             capture that step capture takes
           • create vhost esr from the capture that step capture takes and wait until
             it runs on every node
         ✗ blocked: The capture of esr is poorer than the last good one.
             • queue esr.0
             • queue esr.1
             • queue esr.2
             • queue esr.3
             • queue esr.4
             and 3 more
           to go on: compare with an earlier one
             --baseline cap-1

      5. consumers-back
         routine, will run
         waits until vhost.consumers >= 4

      Steps are asked for one at a time; --yes agrees to routine and disruptive ones.
      By name, at the prompt or beforehand:
        --confirm recreate:esr
            vhost esr is deleted with every message in it"
    `);
  });

  it('ends a dry run with the tokens, the digest and that nothing was changed', () => {
    const plan = samplePlan();
    expect(
      text({
        code: 'dry-run.ended',
        payload: {
          plan,
          tokens: ['recreate:esr'],
          manual: ['stop-cdc'],
          command: ['esr-ops', 'recover', 'vhost', '--vhost', 'my vhost', '--yes'],
        },
      }),
    ).toMatchInlineSnapshot(`
      "
      Dry run: nothing was changed.
      ✗ A run would be refused: recreate is blocked, as is said with the step above.
      next:
        esr-ops diagnose --env lab
      Steps that a person does:
        • stop-cdc
      plan digest dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
    `);
  });

  it('says when there is nothing to do, and shows no steps then', () => {
    const shown = text({ code: 'plan.shown', payload: { plan: samplePlan('esr', { nothingToDo: 'it runs' }) } });
    expect(shown).toContain('Nothing to do: it runs');
    expect(shown).not.toContain('--confirm');
  });

  it('says first what a long one comes to, and of a short one nothing twice', () => {
    const { steps } = samplePlan();
    const later = { is: 'later', why: 'step recreate may change it', dependsOn: ['recreate'] } as const;
    const long = [
      ...steps.map((step) => ({ ...step, blockers: [] })),
      sampleStep({ id: 'replay', risk: 'destructive', decision: later, settled: false }),
      sampleStep({ id: 'start-cdc', kind: 'manual', risk: 'disruptive', verb: null }),
      sampleStep({ id: 'right-already', unchanged: ['the vhost runs'] }),
    ];
    const shown = (of: typeof steps, columns: number): readonly string[] =>
      rows({ code: 'plan.shown', payload: { plan: samplePlan('esr', { steps: of }) } }, styleOf(columns));
    expect(shown(long, 60).slice(3, 13).join('\n')).toMatchInlineSnapshot(`
      "  changes     2 of 8 steps: capture, recreate
        perhaps     2 more, decided when they run: fence, replay
        destructive recreate:esr, replay (what exactly is not
                    known yet)
        by hand     start-cdc
        not known   something of capture, as is said there
        blocked     nothing, as far as is known now
        asked for   vhost = esr
        found       vhost.state = down, vhost.consumers = unknown
                    (the vhost is not running)"
    `);
    expect(
      shown(steps.slice(0, 3), 80).filter((row) => /^ {2}(changes|perhaps|destructive|blocked) /.test(row)),
    ).toEqual([]);
  });

  it('keeps tokens and digests in one piece on a narrow terminal', () => {
    const shown = rows({ code: 'plan.shown', payload: { plan: samplePlan() } }, styleOf(24));
    expect(shown).toContain('  --confirm recreate:esr');
    expect(shown.filter((row) => columnsOf(row) > 24 && row.trim().includes(' ') && !row.includes('--'))).toEqual([]);
    const end = rows(
      { code: 'dry-run.ended', payload: { plan: samplePlan(), tokens: [], manual: [], command: [] } },
      styleOf(24),
    );
    expect(end.some((row) => row.trim() === 'd'.repeat(64))).toBe(true);
  });
});

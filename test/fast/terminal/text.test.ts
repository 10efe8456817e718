import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import type { Message } from '../../../src/core/messages.ts';
import { describeChange } from '../../../src/terminal/change-text.ts';
import { layOut } from '../../../src/terminal/lines.ts';
import { columnsOf } from '../../../src/terminal/wrap.ts';
import { createStyle, type Style } from '../../../src/terminal/style.ts';
import { renderMessage } from '../../../src/terminal/text.ts';
import { changesWith } from '../../support/sample-changes.ts';
import { samplePlan, sampleStep } from '../../support/sample-plan.ts';

const styleOf = (columns: number, color = false): Style =>
  createStyle({
    stream: { isTTY: color, columns },
    color: 'auto',
    env: { LANG: 'en_GB.UTF-8', ...(color ? { FORCE_COLOR: '1' } : {}) },
    timezone: 'Europe/London',
  });
const rows = (message: Message, style = styleOf(80)): readonly string[] =>
  layOut(renderMessage(message, style), style, (text) => text);
const text = (message: Message, style?: Style): string => rows(message, style).join('\n');

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

describe('problems and ends', () => {
  it('point at the place and give each next command a line of its own', () => {
    expect(
      text({
        code: 'problem',
        payload: {
          problem: {
            code: 'runbook.unknown-fact',
            message: 'There is no fact vhost.stat.',
            where: 'recover-vhost.md:12:9',
            details: { line: 'when: "vhost.stat == \'down\'"', caret: 7, length: 10 },
            next: ['esr-ops runbook lint recover-vhost.md', 'esr-ops help facts'],
            exit: 'usage',
          },
        },
      }),
    ).toMatchInlineSnapshot(`
      "✗ There is no fact vhost.stat.
        where: recover-vhost.md:12:9
          when: "vhost.stat == 'down'"
                 ^^^^^^^^^^
        code: runbook.unknown-fact
        next:
          esr-ops runbook lint recover-vhost.md
          esr-ops help facts"
    `);
  });

  it('end a run with summary, next commands, exit code and journal', () => {
    expect(
      text({
        code: 'run.ended',
        payload: {
          run: 'r1',
          exit: 'unknown',
          summary: 'Step recreate has an unknown outcome: No answer from the broker.',
          problems: [
            {
              code: 'rabbitmq.timeout',
              message: 'No answer from the broker.',
              exit: 'unknown',
              next: ['esr-ops status'],
            },
          ],
          next: ['esr-ops status', 'esr-ops resume r1'],
          journal: '/state/r1/journal.jsonl',
        },
      }),
    ).toMatchInlineSnapshot(`
      "
      ✗ Step recreate has an unknown outcome: No answer from the broker.
        code: rabbitmq.timeout
      next:
        esr-ops status
        esr-ops resume r1
      exit code 6 (unknown): the outcome of a change is unknown; a person is needed
      journal   /state/r1/journal.jsonl"
    `);
  });

  it('claim nothing that the payload does not say was verified', () => {
    const change: Change = { kind: 'vhost.start', vhost: 'esr', nodes: ['a@b'] };
    const problem = { code: 'x', message: 'It broke.', exit: 'failed' } as const;
    const unproved: readonly Message[] = [
      { code: 'change.started', payload: { step: 's', index: 0, change } },
      { code: 'change.failed', payload: { step: 's', index: 0, change, certain: false, problem } },
      { code: 'step.finished', payload: { step: 's', title: 's', outcome: 'unverified', ms: 1000 } },
      {
        code: 'run.ended',
        payload: { run: 'r', exit: 'failed', summary: 'It broke.', problems: [problem], next: [], journal: 'j' },
      },
    ];
    for (const message of unproved) expect(text(message)).not.toMatch(/\bdone\b|\bsafe\b|rolled back|✓/i);
    expect(text(unproved[1]!)).toContain('UNKNOWN');
  });
});

describe('a run', () => {
  it('says before a step what it will do, why that is safe and how it is undone, and afterwards the proof', () => {
    const change: Change = { kind: 'vhost.delete', vhost: 'esr', capture: { from: 'id', id: 'cap-1' } };
    const messages: readonly Message[] = [
      {
        code: 'run.started',
        payload: { run: 'r1', command: 'recover vhost', environment: 'lab', journal: '/s/r1', resumed: false },
      },
      {
        code: 'step.started',
        payload: {
          step: sampleStep({ id: 'recreate', risk: 'destructive' }),
          position: 2,
          of: 9,
          prose: 'Delete it and\nmake it again.\n\nBy hand: …',
        },
      },
      {
        code: 'step.planned',
        payload: { step: 'recreate', changes: [change], unchanged: ['users'], notes: ['take care'] },
      },
      { code: 'consent.given', payload: { step: 'recreate', how: 'typed', tokens: ['recreate:esr'] } },
      { code: 'change.applied', payload: { step: 'recreate', index: 0, change, evidence: ['HTTP 404 for vhost esr'] } },
      { code: 'step.finished', payload: { step: 'recreate', title: 'recreate', outcome: 'verified', ms: 65_000 } },
      {
        code: 'check.unmet',
        payload: {
          step: 'c',
          that: 'vhost.consumers >= 4',
          facts: { 'vhost.consumers': 1 },
          otherwise: 'Look at the services.',
          stops: false,
        },
      },
    ];
    expect(messages.map((message) => text(message)).join('\n')).toMatchInlineSnapshot(`
      "Starting recover vhost in lab
        run     r1
        journal /s/r1

      ▸ Step 2 of 9: recreate (destructive)
        Delete it and make it again.
        • delete vhost esr and every message in it; it is created again from capture
          cap-1
          safety: the capture is read back and checked once more just before; messages
                  are not in it
          undo:   the vhost can be created again from capture cap-1; deleted messages
                  cannot be brought back
        Will not change:
          • users
        ▲ take care
        agreed to by name: recreate:esr
        ✓ delete vhost esr and every message in it; it is created again from capture
          cap-1
          evidence: HTTP 404 for vhost esr
      ✓ Step recreate: finished and verified (1 min 05 s)
        ▲ does not hold: vhost.consumers >= 4
          found: vhost.consumers = 1
          Look at the services.
          The run goes on; this counts as not verified."
    `);
  });
});

describe('words for changes', () => {
  it.each(Object.values(changesWith('esr')))('name the target: $kind', (change) => {
    const words = describeChange(change);
    expect(words.does).toContain('esr');
    for (const word of [words.does, words.safe, words.undo]) {
      expect(word.length).toBeGreaterThan(10);
      expect(word).not.toMatch(/[.]$|undefined|\[object/);
    }
  });
});

describe('hostile names', () => {
  const nasty = fc.array(
    fc.oneof(
      fc.constantFrom(
        '\u{1b}[2J',
        '\u{1b}]0;x\u{7}',
        '\n',
        '\r',
        '\u{9b}1A',
        '\u{202e}',
        '\u{200b}',
        '\u{0}',
        '\u{7f}',
        '\u{2028}',
        '\u{d800}',
        'esr',
        ' ',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 6 },
  );

  it('let no control or invisible character through, in any message that carries them', () => {
    fc.assert(
      fc.property(
        nasty.map((parts) => parts.join('')),
        (name) => {
          const problem = {
            code: 'x',
            message: name,
            where: name,
            next: [name],
            details: { line: name, caret: 0, length: 1 },
            exit: 'failed',
          } as const;
          const messages: readonly Message[] = [
            { code: 'plan.shown', payload: { plan: samplePlan(name) } },
            {
              code: 'dry-run.ended',
              payload: { plan: samplePlan(name), tokens: [name], manual: [name], command: [name] },
            },
            {
              code: 'step.planned',
              payload: { step: name, changes: Object.values(changesWith(name)), unchanged: [name], notes: [name] },
            },
            { code: 'problem', payload: { problem } },
            {
              code: 'run.ended',
              payload: { run: name, exit: 'failed', summary: name, problems: [problem], next: [name], journal: name },
            },
            { code: 'manual.instructions', payload: { step: name, title: name, prose: name } },
            { code: 'check.met', payload: { step: name, that: name, facts: { [name]: name } } },
            { code: 'lab.shown', payload: { labs: [{ [name]: name }] } },
            { code: 'note', payload: { text: name } },
            {
              code: 'cdc-truth.told',
              payload: {
                by: name,
                made: 1,
                delivered: 0,
                lost: 1,
                deliveredTwice: 1,
                predicted: null,
                asPredicted: false,
              },
            },
          ];
          for (const message of messages) {
            for (const row of rows(message, styleOf(40))) expect(row).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
            // Only the colours that the tool itself put there may be left on a coloured stream.
            for (const row of rows(message, styleOf(40, true)))
              expect(row.replace(/\u{1b}\[(?:1|2|22|3[0-9])m/gu, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a name with a line break forges no line', () => {
    const forged = rows({
      code: 'problem',
      payload: { problem: { code: 'x', message: 'queue a\n✓ all is well', exit: 'failed' } },
    });
    expect(forged[0]).toBe('✗ queue a\\n✓ all is well');
  });
});

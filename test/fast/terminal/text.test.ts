import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import type { Message } from '../../../src/core/messages.ts';
import { describeChange } from '../../../src/terminal/change-text.ts';
import { changesWith } from '../../support/sample-changes.ts';
import { samplePlan, sampleStep } from '../../support/sample-plan.ts';
import { rows, styleOf, text } from './screen.ts';

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

import { expect, it } from 'vitest';
import { checkedLabel } from '../../../src/cli/commands/incident-label.ts';
import type { JournalEntry } from '../../../src/core/journal.ts';
import { madeIn } from '../../../src/report/impact.ts';
import { toMarkdown } from '../../../src/report/markdown.ts';
import { postMortem } from '../../../src/report/post-mortem.ts';
import { readNote } from '../../../src/report/read-note.ts';
import { journalEntrySchema } from '../../../src/services/state/journal-schema.ts';
import { sampleEntries } from '../state/sample-run.ts';
import { recordsOf } from './records-of.ts';

const operator = { user: 'ann', host: 'ops1', pid: 7 };
const note = (text: string): JournalEntry => ({ type: 'run.noted', operator, text });

function reported(...notes: readonly string[]) {
  return postMortem({
    runs: [
      // Given out of order: the second run began the hour before.
      { run: 'run-2', records: recordsOf(sampleEntries('run-2'), '2026-03-29T01:30:00Z') },
      { run: 'run-1', records: recordsOf([...sampleEntries('run-1'), ...notes.map(note)], '2026-03-29T00:30:00Z') },
    ],
    incident: 'INC-7',
    timezone: 'Europe/London',
    unreadable: ['run-0'],
    describe: ({ kind }) => `do ${kind}`,
  });
}

it('puts several runs in the order of time, in UTC and across the clock change of London', () => {
  const report = reported();
  expect(report.runs).toEqual(['run-1', 'run-2']);
  const times = report.timeline.map(({ at }) => at);
  expect(times).toEqual([...times].sort());
  const markdown = toMarkdown(report);
  expect(markdown).toContain('2026-03-29 00:30:00 | 2026-03-29 00:30:00 GMT | run-1');
  expect(markdown).toContain('2026-03-29 01:30:00 | 2026-03-29 02:30:00 BST | run-2');
});

it('says what nobody recorded, and nothing in its place', () => {
  const markdown = toMarkdown(reported());
  for (const missing of [
    'what set it off',
    'how and when it was first noticed',
    'the root cause',
    'what went well',
    'who wait for the files',
    'where luck helped',
    'what run run-0 did',
  ])
    expect(markdown).toMatch(new RegExp(`\\*not recorded: [^\\n]*${missing.replaceAll('\\', '\\\\')}`));
  const parts = [
    '# 2026',
    '| Date |',
    '| Authors |',
    '| Status |',
    '| Summary |',
    '| Impact |',
    '## Non-technical Description',
    '## Trigger',
    '## Detection',
    '## Resolution',
    '## Timeline',
    '## Root Cause',
    '## Action Items',
    '## Lessons Learned',
    '## Supporting information',
  ].map((part) => markdown.indexOf(part));
  expect(parts).not.toContain(-1);
  expect(parts).toEqual([...parts].sort((a, b) => a - b));
});

it('fills them from notes, at the time that a note is about', () => {
  const report = reported(
    'detection: at 2026-03-28T23:26Z: 406 errors in the alerts channel',
    'root cause: a full disk',
    'action (platform team): open a ticket',
    'Lucky: nobody had looked',
    'a plain remark',
  );
  expect(report.timeline[0]).toMatchObject({
    at: '2026-03-28T23:26:00.000Z',
    from: 'note',
    text: 'Note, detection: 406 errors in the alerts channel',
  });
  expect(report.began).toBe('2026-03-28T23:26:00.000Z');
  expect(report.actions[0]).toEqual({ text: 'open a ticket', owner: 'platform team', from: 'note' });
  const markdown = toMarkdown(report);
  expect(markdown).toContain('## Root Cause(s)\n\n- a full disk');
  expect(markdown).toContain('| open a ticket | platform team |');
  expect(markdown).not.toContain('not recorded: the root cause');
  expect(report.timeline.some(({ text }) => text === 'Note: a plain remark')).toBe(true);
});

it('takes no time from a note that names none, or an impossible one', () => {
  const at = '2026-03-29T00:00:00.000Z';
  expect(readNote('impact: at 2026-13-45T99:99Z it broke', at)).toMatchObject({ at, section: 'impact' });
  expect(readNote('at noon it broke', at)).toEqual({ at, section: null, text: 'at noon it broke', owner: null });
});

it('reads journals from before incidents had labels, and refuses a label that is no text', () => {
  const [started] = sampleEntries('run-1');
  expect(journalEntrySchema.safeParse(started).success).toBe(true);
  expect(journalEntrySchema.safeParse({ ...started, incident: 'INC-7' }).success).toBe(true);
  expect(journalEntrySchema.safeParse({ ...started, incident: null }).success).toBe(false);
});

it('takes no label that could not be typed again', () => {
  for (const bad of ['no such/label', '', '-x', '../x', 'x'.repeat(65), 'a\u202eb'])
    expect(() => checkedLabel(bad)).toThrow("can't be the label");
  expect(checkedLabel('INC-42_2026.03')).toBe('INC-42_2026.03');
});

it('counts a change once that a resume proved again, and twice when it was made again', () => {
  const [started, approved, intended, applied] = sampleEntries('run-1');
  const given = { yes: true, confirm: [], did: {} };
  const change = { step: 'restart', index: 0 } as const;
  const again: JournalEntry[] = [
    { type: 'run.resumed', operator, given },
    { ...change, type: 'change.settled', verdict: 'applied', by: 'evidence', evidence: ['runs'], output: { seen: 2 } },
  ];
  const begun = [started, approved!, intended!, applied!];
  const count = (...more: readonly JournalEntry[]) =>
    madeIn({ run: 'run-1', records: recordsOf([...begun, ...more], '2026-03-29T00:30:00Z') });
  expect(count(...again)).toMatchObject([{ output: { seen: 2 }, at: '2026-03-29T00:30:03.000Z' }]);
  expect(count(...again, intended!, applied!)).toHaveLength(2);
});

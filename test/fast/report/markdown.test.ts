import fc from 'fast-check';
import * as prettier from 'prettier';
import { expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/core/journal.ts';
import { visible } from '../../../src/core/visible.ts';
import { escapeMarkdown } from '../../../src/report/escape-markdown.ts';
import { toMarkdown } from '../../../src/report/markdown.ts';
import { postMortem } from '../../../src/report/post-mortem.ts';
import { sampleEntries } from '../state/sample-run.ts';
import { recordsOf } from './records-of.ts';

interface MarkdownNode {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly MarkdownNode[];
}

/** The tree that another program's Markdown parser sees. */
async function parsed(markdown: string): Promise<MarkdownNode> {
  const debug = (
    prettier as unknown as { __debug: { parse(text: string, options: object): Promise<{ ast: MarkdownNode }> } }
  ).__debug;
  return (await debug.parse(markdown, { parser: 'markdown' })).ast;
}

function typesIn(node: MarkdownNode): readonly string[] {
  return [node.type, ...(node.children ?? []).flatMap(typesIn)];
}

function textIn(node: MarkdownNode): string {
  return node.type === 'text' ? (node.value ?? '') : (node.children ?? []).map(textIn).join('');
}

const hostile = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        '|',
        '\\',
        '`',
        '*',
        '_',
        '[x](http://a.b)',
        '<b>',
        '<!--',
        '&lt;',
        '~~',
        '# ',
        '- ',
        '1. ',
        '+ ',
        '> ',
        '![i](u)',
        '\n',
        '\r',
        '  ',
        '\u202e',
        'a',
        ':',
        '//',
        '$',
        'www.a.b',
        '@me',
        '---',
        '===',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

it('shows any text as itself, as one paragraph of nothing but text', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const markdown = escapeMarkdown(text);
      expect(markdown).not.toMatch(/[\n\r]/);
      if (visible(text) === '') return;
      const tree = await parsed(markdown);
      expect(new Set(typesIn(tree))).toEqual(new Set(['root', 'paragraph', 'text']));
      expect(textIn(tree)).toBe(visible(text));
    }),
    { numRuns: 250 },
  );
});

it('keeps every table whole whatever servers and people have said', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (evidence, note) => {
      const entries = sampleEntries('run-1').map((entry): JournalEntry =>
        entry.type === 'change.applied' ? { ...entry, evidence: [evidence] } : entry,
      );
      const noted: JournalEntry = {
        type: 'run.noted',
        operator: { user: 'a|b', host: '<h>', pid: 1 },
        text: `x${note}`,
      };
      const report = postMortem({
        runs: [{ run: 'run-1', records: recordsOf([...entries, noted], '2026-03-29T00:59:58Z') }],
        incident: null,
        timezone: 'Europe/London',
        unreadable: [],
        describe: ({ kind }) => `${kind} ${evidence}`,
      });
      const tree = await parsed(toMarkdown(report));
      const tables = (tree.children ?? []).filter(({ type }) => type === 'table');
      expect(tables.map(({ children }) => children?.length)).toEqual([
        6,
        report.timeline.length + 1,
        Math.max(1, report.actions.length) + 1,
      ]);
      for (const table of tables)
        for (const row of table.children ?? [])
          expect(row.children?.length).toBe(tables[0] === table || tables[2] === table ? 2 : 4);
      expect(typesIn(tree)).not.toContain('link');
      expect(typesIn(tree)).not.toContain('image');
      expect(typesIn(tree)).not.toContain('inlineCode');
    }),
    { numRuns: 25 },
  );
});

import type { PostMortem, ReportItem, ReportSection } from '../core/post-mortem.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { bothTimes } from './report-times.ts';

/** A post-mortem as Markdown, to be pasted into a wiki: CommonMark with tables, every text of people and servers escaped. */
export function toMarkdown(report: PostMortem): string {
  const { timezone } = report;
  const time = (at: string): string => {
    const { utc, local } = bothTimes(at, timezone);
    return `${utc} UTC (${local})`;
  };
  return [
    `# ${escapeMarkdown(report.title)}`,
    table(
      ['', ''],
      [
        ['Date', escapeMarkdown(`${time(report.began)} to ${time(report.ended)}`)],
        ['Authors', `${escapeMarkdown(report.operators.join(', '))} (who ran it; *not recorded: who writes this up*)`],
        ['Status', escapeMarkdown(report.status)],
        ['Summary', cell(report.summary)],
        ['Impact', cell(report.impact)],
      ],
    ),
    ...report.sections.map((section) => sectionText(section, 2)),
    '## Timeline',
    `Times in UTC, and in ${escapeMarkdown(timezone)}.`,
    table(
      ['UTC', escapeMarkdown(timezone), 'Run', 'What happened'],
      report.timeline.map(({ at, run, text }) => {
        const { utc, local } = bothTimes(at, timezone);
        return [utc, local, run, text].map(escapeMarkdown);
      }),
    ),
    sectionText({ title: 'Root Cause(s)', items: report.rootCauses }, 2),
    '## Action Items',
    table(
      ['Action Items', 'Owner'],
      report.actions.length === 0
        ? [['*not recorded: what is to be done. To add it: esr-ops runs note RUN "action (OWNER): ..."*', '']]
        : report.actions.map(({ text, owner }) => [
            escapeMarkdown(text),
            owner === null ? '*not recorded*' : escapeMarkdown(owner),
          ]),
    ),
    '## Lessons Learned',
    ...report.lessons.map((section) => sectionText(section, 3)),
    sectionText({ title: 'Supporting information', items: report.supporting }, 2),
    '',
  ].join('\n\n');
}

function sectionText({ title, items }: ReportSection, level: 2 | 3): string {
  return `${'#'.repeat(level)} ${title}\n\n${items.map((item) => `- ${itemText(item)}`).join('\n')}`;
}

/** A gap stands out, so that it is filled before the page is published. */
function itemText(item: ReportItem): string {
  return item.is === 'gap' ? `*${escapeMarkdown(item.text)}*` : escapeMarkdown(item.text);
}

function cell(items: readonly ReportItem[]): string {
  return items.map(itemText).join('<br>');
}

/** Cells are Markdown already, of one line each. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

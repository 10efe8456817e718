import type { Messages } from '../core/messages.ts';
import type { S3Finding, S3SetReport } from '../core/s3-report.ts';
import { visible } from '../core/visible.ts';
import { foldList } from './fold-list.ts';
import { blank, indented, sourceLines, toned, type Line } from './lines.ts';
import { heading, labelled, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { plural } from './value-words.ts';

/** The files of a date, by load type. */
export function s3CheckedLines({ date, sets }: Messages['s3.checked'], style: Style): readonly Line[] {
  return [heading(`Files of ${date}`), ...sets.flatMap((set) => [blank, ...setLines(set, style)])];
}

function setLines(set: S3SetReport, style: Style): readonly Line[] {
  const good = set.findings.length === 0;
  const mark = toned(good ? 'good' : 'bad', `${good ? style.symbols.good : style.symbols.bad} `);
  const numbers = set.files.flatMap(({ sequence }) => (sequence === null ? [] : [BigInt(sequence)]));
  const sorted = [...numbers].sort((a, b) => (a < b ? -1 : 1));
  const { shown, more } = foldList(findingsWords(set.findings));
  return [
    indented(
      0,
      [
        mark,
        toned('strong', set.loadType),
        `: ${set.found} of ${plural(set.expected, 'file')} (${set.state}), ${set.bytes} bytes, in s3://${set.bucket}/${set.prefix}`,
      ],
      2,
    ),
    ...(set.offices.length === 0
      ? []
      : [labelled(2, 'Local Offices:', set.offices.map(({ code, found }) => `${code} ${found}`).join(', '))]),
    ...(sorted.length === 0 ? [] : [labelled(2, 'sequence:', sequenceWords(sorted, set.previous))]),
    ...shown.map((text) => warningLine(style, text, 2)),
    ...(more === 0 ? [] : [indented(4, [`and ${more} more; --csv or --output json has all`])]),
    ...(set.olderStrange === 0
      ? []
      : [indented(2, [toned('faint', `${plural(set.olderStrange, 'key')} of other days are no known files`)])]),
  ];
}

function sequenceWords(sorted: readonly bigint[], previous: S3SetReport['previous']): string {
  const before =
    previous === null ? 'no earlier file in reach to go on from' : `${previous.date} ended with ${previous.last}`;
  return `${sorted[0] ?? ''} to ${sorted.at(-1) ?? ''}; ${before}`;
}

/** The findings in words; what several Local Offices lack in one. */
function findingsWords(findings: readonly S3Finding[]): readonly string[] {
  const missing = findings.filter((finding) => finding.kind === 'missing');
  if (missing.length < 2) return findings.map(findingWords);
  const offices = missing.map(({ office, found }) => `${office ?? ''}${found === 0 ? '' : ` (has ${found})`}`);
  return [
    `missing for ${missing.length} Local Offices: ${offices.join(', ')}; the first would be ${missing[0]?.looksLike ?? ''}`,
    ...findings.filter((finding) => finding.kind !== 'missing').map(findingWords),
  ];
}

/** One finding in words. */
function findingWords(finding: S3Finding): string {
  switch (finding.kind) {
    case 'missing':
      return `missing: ${finding.looksLike}${finding.found === 0 ? '' : ` (${finding.found} of ${finding.expected})`}`;
    case 'too-many':
      return `${finding.office ?? 'the date'} has ${plural(finding.found, 'file')} instead of ${finding.expected}: ${finding.keys.join(', ')}`;
    case 'too-small':
      return `${finding.key} has ${plural(finding.bytes, 'byte')}, and at least ${finding.smallest} are expected`;
    case 'gap':
      return `no file has ${finding.from === finding.to ? `number ${finding.from}` : `the numbers ${finding.from} to ${finding.to}`}${finding.after === 'previous-day' ? ' (after the last of the day before)' : ''}`;
    case 'sequence-twice':
      return `number ${finding.sequence} comes ${finding.keys.length} times: ${finding.keys.join(', ')}`;
    case 'sequence-back':
      return `the numbers begin with ${finding.first}, and ${finding.on} had reached ${finding.reached}`;
    case 'unexpected':
      return `unexpected: ${finding.key} (${finding.why})`;
    default:
      return finding satisfies never;
  }
}

/** The files of a date as CSV, and the findings that are no file's own below them. */
export function s3FilesLines({ sets }: Messages['s3.files']): readonly Line[] {
  const rows = sets.flatMap((set) => {
    const own = (key: string): string =>
      set.findings
        .filter((finding) => keysOf(finding).includes(key))
        .map(findingWords)
        .join('; ');
    return [
      ...set.files.map((file) => [
        set.loadType,
        set.date,
        file.office ?? '',
        file.sequence ?? '',
        file.key,
        String(file.size),
        new Date(file.modifiedMs).toISOString(),
        own(file.key),
      ]),
      ...set.findings
        .filter((finding) => keysOf(finding).every((key) => !set.files.some((file) => file.key === key)))
        .map((finding) => [
          set.loadType,
          set.date,
          'office' in finding ? (finding.office ?? '') : '',
          finding.kind === 'gap' ? finding.from : '',
          ...(keysOf(finding).length === 0 ? [''] : [keysOf(finding).join(' ')]),
          '',
          '',
          findingWords(finding),
        ]),
    ];
  });
  const header = ['load_type', 'date', 'local_office', 'sequence', 'key', 'bytes', 'modified', 'finding'];
  return sourceLines([header, ...rows].map((row) => row.map(cell).join(',')).join('\n'));
}

function keysOf(finding: S3Finding): readonly string[] {
  if ('keys' in finding) return finding.keys;
  return 'key' in finding ? [finding.key] : [];
}

/** RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe. */
function cell(given: string): string {
  // A line break in a key is written out: one file is one line.
  const text = visible(given);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

import type { S3Finding, S3FoundFile } from './s3-report.ts';

/**
 * What is wrong with the day's numbers: the counter runs on from the day before without a gap, over all Local Offices
 * together, and gives no number twice.
 */
export function sequenceFindings(
  files: readonly S3FoundFile[],
  previous: { readonly date: string; readonly last: string } | null,
): readonly S3Finding[] {
  const byNumber = new Map<bigint, string[]>();
  for (const { key, sequence } of files) {
    if (sequence === null) continue;
    const number = BigInt(sequence);
    byNumber.set(number, [...(byNumber.get(number) ?? []), key]);
  }
  const numbers = [...byNumber.keys()].sort((a, b) => (a < b ? -1 : 1));
  const [first] = numbers;
  if (first === undefined) return [];
  const reached = previous === null ? null : BigInt(previous.last);
  const findings: S3Finding[] = [];
  if (previous !== null && reached !== null && first <= reached)
    findings.push({ kind: 'sequence-back', first: String(first), reached: previous.last, on: previous.date });
  if (reached !== null && first > reached + 1n)
    findings.push({ kind: 'gap', from: String(reached + 1n), to: String(first - 1n), after: 'previous-day' });
  for (const [at, number] of numbers.entries()) {
    const next = numbers[at + 1];
    if (next !== undefined && next > number + 1n)
      findings.push({ kind: 'gap', from: String(number + 1n), to: String(next - 1n), after: 'file' });
    const keys = byNumber.get(number) ?? [];
    if (keys.length > 1) findings.push({ kind: 'sequence-twice', sequence: String(number), keys });
  }
  return findings;
}

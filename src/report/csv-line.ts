import type { ReconcileException } from '../core/reconcile.ts';
import { visible } from '../core/visible.ts';

const columns = ['kind', 'table', 'office', 'id', 'file', 'post', 'rows', 'created', 'detail'] as const;

/** First line of a CSV file of exceptions (RFC 4180), without its line end. */
export const csvHead = columns.join(',');

/** An exception as a line of CSV. */
export function csvLine(exception: ReconcileException): string {
  return columns.map((column) => csvCell(exception[column])).join(',');
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front: names come from servers. */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = visible(value);
  const safe = /^[=+@\t-]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

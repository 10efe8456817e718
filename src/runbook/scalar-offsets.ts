import type { Scalar } from 'yaml';

/**
 * For each character of a scalar's value, where it stands in the source; one more entry for the end. Escapes and
 * folded lines make value and source differ, and a fault within a condition must still be pointed at exactly.
 * `source` is the text that `scalar.range` counts in.
 */
export function scalarOffsets(scalar: Scalar, source: string): readonly number[] {
  const value = String(scalar.value);
  const [from = 0, to = from] = scalar.range ?? [];
  const units = unitsOf(scalar, source, from, to);
  const offsets: number[] = [];
  let next = 0;
  for (const character of value) {
    while (next < units.length && !matches(units[next], character)) next += 1;
    const unit = units[next];
    for (let index = 0; index < character.length; index += 1) offsets.push(unit?.start ?? to);
    next += 1;
  }
  const last = units[Math.min(next, units.length) - 1];
  return [...offsets, last?.end ?? to];
}

interface Unit {
  readonly start: number;
  readonly end: number;
  /** Text that it stands for; null: any (an escape). */
  readonly text: string | null;
}

function matches(unit: Unit | undefined, character: string): boolean {
  if (unit === undefined || unit.text === null || unit.text === character) return true;
  // A folded line break becomes a space.
  return character === ' ' && unit.text === '\n';
}

function unitsOf(scalar: Scalar, source: string, from: number, to: number): readonly Unit[] {
  const body = source.slice(from, to);
  const [start, end] = bounds(scalar, body);
  const pattern =
    scalar.type === 'QUOTE_DOUBLE'
      ? /\\(?:x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|\r?\n[ \t]*|[^])|[^]/gu
      : scalar.type === 'QUOTE_SINGLE'
        ? /''|[^]/gu
        : /[^]/gu;
  const units: Unit[] = [];
  for (const match of body.slice(start, end).matchAll(pattern)) {
    const [text] = match;
    const at = from + start + match.index;
    if (/^\\\r?\n/u.test(text)) continue;
    const plain = text === "''" ? "'" : text.startsWith('\\') && scalar.type === 'QUOTE_DOUBLE' ? null : text;
    units.push({ start: at, end: at + text.length, text: plain });
  }
  return units;
}

/** Where the content begins and ends within the scalar's own text: without quotes or block header. */
function bounds(scalar: Scalar, body: string): readonly [number, number] {
  switch (scalar.type) {
    case 'QUOTE_DOUBLE':
    case 'QUOTE_SINGLE':
      return [1, body.length - 1];
    case 'BLOCK_FOLDED':
    case 'BLOCK_LITERAL':
      return [body.indexOf('\n') + 1, body.length];
    default:
      return [0, body.length];
  }
}

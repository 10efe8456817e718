import type { Style } from './style.ts';

/** A bar of at most `columns` columns for `value` of `most`; something that is not 0 is never drawn as nothing. */
export function bar(value: number, most: number, columns: number, { symbols }: Style): string {
  if (value <= 0 || most <= 0 || columns <= 0) return '';
  const steps = symbols.bar.length;
  const filled = Math.max(1, Math.round((Math.min(value, most) / most) * columns * steps));
  const whole = (symbols.bar.at(-1) ?? '#').repeat(Math.floor(filled / steps));
  const rest = filled % steps;
  return rest === 0 ? whole : whole + (symbols.bar[rest - 1] ?? '');
}

import type { Json } from '../core/json.ts';

/** A JSON value in a few words: text without quotes, lists with commas, an unknown fact as `unknown (why)`. */
export function valueWords(value: Json): string {
  if (typeof value === 'string') return value === '' ? '(empty)' : value;
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item: Json) => valueWords(item)).join(', ');
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === 'unknown') return `unknown (${valueWords(first[1])})`;
  return entries.map(([key, item]) => `${key}: ${valueWords(item)}`).join(', ');
}

/** `vhost = esr` for each entry, with commas. */
export function pairWords(pairs: Readonly<Record<string, Json>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name} = ${valueWords(value)}`)
    .join(', ');
}

/** `1 queue`, `2 queues`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

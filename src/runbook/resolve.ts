import type { Json } from '../core/json.ts';
import { partsOf, soleReference } from './reference.ts';

/**
 * Puts values in the place of `${…}` references, at any depth. A text that is exactly one reference takes the
 * value with its type (a bool, a number, a list; null when an input is unset); within longer text the value is
 * written out. `${steps.<id>.<output>}` becomes `{ "$step": "<id>", "output": "<output>" }` and is left to the
 * change that uses it, so that a plan is the same before and after the step ran.
 *
 * `lookup` gets `inputs.<name>` or a fact's name (`env.…`) and throws what it can't answer.
 */
export function resolveReferences(value: Json, lookup: (name: string) => Json): Json {
  if (typeof value === 'string') return resolveText(value, lookup);
  if (Array.isArray(value)) return value.map((item: Json) => resolveReferences(item, lookup));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveReferences(item, lookup)]));
}

function resolveText(text: string, lookup: (name: string) => Json): Json {
  const sole = soleReference(text);
  if (sole !== null) {
    const [area, step, output] = sole.split('.');
    if (area === 'steps' && step !== undefined && output !== undefined) return { $step: step, output };
    return lookup(sole);
  }
  return partsOf(text)
    .map((part) => (part.is === 'reference' ? written(lookup(part.name)) : part.is === 'text' ? part.text : '${'))
    .join('');
}

function written(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

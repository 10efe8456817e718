import * as z from 'zod';
import { didYouMean } from '../core/closest.ts';
import type { Faults } from './faults.ts';
import type { FrontMatter, Path } from './front-matter.ts';
import { listed } from './scope.ts';

/** Checks one part of the front matter against its shape; null when there were faults (all of them added). */
export function checkShape<Shape extends z.ZodObject>(
  shape: Shape,
  front: FrontMatter,
  value: unknown,
  path: Path,
  faults: Faults,
): z.output<Shape> | null {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) report(issue, shape, front, path, faults);
  return null;
}

function report(issue: z.core.$ZodIssue, shape: z.ZodObject, front: FrontMatter, base: Path, faults: Faults): void {
  const inner = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const path = [...base, ...inner];
  const label = inner.length === 0 ? 'This' : `\`${inner.join('.')}\``;
  if (issue.code === 'unrecognized_keys') {
    const keys = keysAt(shape, inner);
    for (const key of issue.keys) {
      const message = `\`${key}\` is not a key here.${didYouMean(key, keys) || ` The keys are ${listed(keys)}.`}`;
      faults.add('unknown-key', front.key([...path, key]), message);
    }
    return;
  }
  const given = inner.reduce<unknown>(member, valueAt(front, base));
  if (given === undefined) {
    faults.add('missing', front.at(path), `${label} is missing.`);
    return;
  }
  const span = front.at(path);
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const near = typeof given === 'string' ? didYouMean(given, values) : '';
    faults.add('value', span, `${label} must be one of ${listed(values)}.${near}`);
  } else if (issue.code === 'invalid_type')
    faults.add('value', span, `${label} must be ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(given)}.`);
  else if (issue.code === 'too_small' && issue.origin === 'string')
    faults.add('value', span, `${label} must not be empty.`);
  else faults.add('value', span, `${label} ${issue.message}.`);
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  record: 'a mapping',
  object: 'a mapping',
  array: 'a list',
};

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'boolean') return `${value} (put it in quotes if it is meant as text)`;
  return typeof value === 'number' ? `the number ${value}` : 'text';
}

function valueAt(front: FrontMatter, path: Path): unknown {
  return path.reduce<unknown>(member, front.value);
}

function member(value: unknown, key: string | number): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

/** Keys of the shape at a path below it (a list's items share one shape). */
function keysAt(shape: z.ZodObject, path: Path): readonly string[] {
  let at: unknown = shape;
  for (const part of path) {
    while (at instanceof z.ZodOptional) at = at.unwrap();
    if (at instanceof z.ZodArray) at = at.element;
    else if (at instanceof z.ZodObject) at = member(at.shape, part);
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

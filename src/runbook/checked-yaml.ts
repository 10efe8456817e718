import { LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { Fault, type Problem } from '../core/fault.ts';

/** A YAML file that was read and checked, and a way to complain about a place in it. */
export interface CheckedYaml<T> {
  readonly data: T;
  /** A problem with the line of what stands at this path in the file. */
  readonly fault: (message: string, at?: readonly PropertyKey[]) => Problem;
}

/**
 * Reads a YAML file of data by its schema. All faults of the file are thrown together, each with its line; `code` is
 * theirs.
 */
export function checkedYaml<T>(path: string, text: string, schema: z.ZodType<T>, code: string): CheckedYaml<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const fault = (message: string, at: readonly PropertyKey[] = []): Problem => {
    const node = at.length === 0 ? null : document.getIn(at.map(String), true);
    const range = (node as { range?: readonly [number, number, number] } | null | undefined)?.range;
    const place = range === undefined ? '' : `:${lines.linePos(range[0]).line}`;
    return { code, message, where: `${path}${place}`, exit: 'usage' };
  };
  throwAll(document.errors.map((error) => fault(`It is not YAML: ${error.message.split('\n')[0] ?? ''}`)));
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return { data: parsed.data, fault };
  const issues = parsed.error.issues.map(({ path: at, message }) =>
    fault(`${at.map(String).join('.')}: ${message}`, at),
  );
  throw new Fault(...(issues as [Problem, ...Problem[]]));
}

/** Throws all of them, when there are any. */
export function throwAll([first, ...others]: readonly Problem[]): void {
  if (first !== undefined) throw new Fault(first, ...others);
}

/** Problems for names that are used before in the same list: `at` is the path of the list. */
export function usedTwice(
  names: readonly string[],
  what: string,
  at: string,
  fault: CheckedYaml<unknown>['fault'],
): readonly Problem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [fault(`The ${what} ${name} is used twice.`, [at, index, what])],
  );
}

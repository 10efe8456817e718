import { meansBinlogPosition, parseBinlogPosition, positionText } from '../core/binlog-position.ts';
import { Fault, type Problem } from '../core/fault.ts';
import { textOf, type Json, type JsonObject } from '../core/json.ts';
import type { Runbook, RunbookInput } from '../core/runbook.ts';

/** Resolves `${env.…}` in an input's default. */
export type ResolveDefault = (text: string) => Json;

/** Reads a time as a command line gives it: milliseconds since the epoch, or a Fault. */
export type ParseInstant = (text: string) => number;

/**
 * The runbook's inputs from the values of its flags, defaults filled in and types checked. All faults together.
 * An input that was not given and has no default is null.
 */
export function readInputs(
  runbook: Runbook,
  raw: Readonly<Record<string, unknown>>,
  resolveDefault: ResolveDefault,
  parseInstant: ParseInstant,
): JsonObject {
  const problems: Problem[] = [];
  const entries = runbook.inputs.map((input): [string, Json] => {
    try {
      return [input.name, readInput(input, raw[attributeOf(input.name)], resolveDefault, parseInstant)];
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const where = `--${input.name}`;
      problems.push(...error.problems.map((problem) => ({ where, ...problem })));
      return [input.name, null];
    }
  });
  problems.push(...notExactlyOne(runbook, Object.fromEntries(entries)));
  const [first, ...others] = problems;
  if (first !== undefined) throw new Fault(first, ...others);
  return Object.fromEntries(entries);
}

/** What is wrong where the runbook wants exactly one of several inputs. */
function notExactlyOne({ exactlyOne = [], inputs }: Runbook, given: JsonObject): readonly Problem[] {
  if (exactlyOne.length === 0) return [];
  const there = exactlyOne.filter((name) => given[name] !== null);
  if (there.length === 1) return [];
  const flags = (names: readonly string[]): string => names.map((name) => `--${name}`).join(', ');
  const help = inputs.filter(({ name }) => exactlyOne.includes(name));
  return [
    {
      code: 'input.exactly-one',
      message: `Exactly one of ${flags(exactlyOne)} must be given; ${there.length === 0 ? 'none was' : `there are ${flags(there)}`}.`,
      where: flags(exactlyOne),
      exit: 'usage',
      next: help.map((input) => `--${input.name}: ${input.help}`),
    },
  ];
}

function readInput(
  input: RunbookInput,
  given: unknown,
  resolveDefault: ResolveDefault,
  parseInstant: ParseInstant,
): Json {
  const value = isGiven(input, given) ? (given as Json) : defaultOf(input, resolveDefault);
  if (value === null || value === '') {
    if (input.required) throw fault(input, `--${input.name} is missing: ${input.help}.`);
    return null;
  }
  switch (input.type) {
    case 'flag':
      return value === true;
    case 'strings':
      return value;
    case 'string':
      return textOf(value);
    case 'int': {
      const number = Number(value);
      if (!Number.isSafeInteger(number))
        throw fault(input, `--${input.name} wants a whole number, not ${JSON.stringify(value)}.`);
      return number;
    }
    case 'place':
      if (meansBinlogPosition(textOf(value))) return positionText(parseBinlogPosition(textOf(value)));
      return new Date(parseInstant(textOf(value))).toISOString();
    case 'instant':
      // Kept as text, so that plans and suggested commands show a time that people and this program can read.
      return new Date(parseInstant(textOf(value))).toISOString();
    default:
      throw fault(input, `--${input.name} has the unknown type ${String(input.type satisfies never)}.`);
  }
}

function isGiven(input: RunbookInput, given: unknown): boolean {
  if (given === undefined) return false;
  return input.type !== 'strings' || !Array.isArray(given) || given.length > 0;
}

function defaultOf(input: RunbookInput, resolveDefault: ResolveDefault): Json {
  if (typeof input.default === 'string') return resolveDefault(input.default);
  if (input.default !== null) return input.default;
  return input.type === 'flag' ? false : input.type === 'strings' ? [] : null;
}

function fault(input: RunbookInput, message: string): Fault {
  return new Fault({ code: 'input.invalid', message, where: `--${input.name}`, exit: 'usage' });
}

/** Commander's property name of a flag: `force-recreate` -> `forceRecreate`. */
export function attributeOf(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

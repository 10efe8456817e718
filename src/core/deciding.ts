import type { Action } from './action.ts';
import type { Environment } from './environment.ts';
import type { Fact, FactReadings } from './facts.ts';
import type { Json, JsonObject } from './json.ts';
import type { Readers } from './ports.ts';
import type { Condition } from './runbook.ts';

/** Answer to a condition over facts of which some may be unknown. */
export type Held = { readonly known: true; readonly holds: boolean } | { readonly known: false; readonly why: string };

/** What reading facts may look at. */
export interface FactScope {
  readonly environment: Environment;
  readonly readers: Readers;
  readonly inputs: JsonObject;
}

/** What the planner and the executor decide with; wired by the composition root, replaced by doubles in tests. */
export interface Deciding {
  readonly environment: Environment;
  readonly readers: Readers;
  evaluate(condition: Condition, readings: FactReadings): Held;
  /** Resolves `${…}`; `${steps.…}` alone becomes the marker `{"$step", "output"}`. */
  resolve(value: Json, lookup: (name: string) => Json): Json;
  /** The action of a verb; the loader has made sure that there is one. */
  action(verb: string): Action<unknown>;
  /** Reads the named facts now. Throws a Fault when a service can't be reached. */
  readFacts(names: readonly string[], scope: FactScope): Promise<FactReadings>;
  /** Value of an `env.…` fact: known from the configuration alone. */
  environmentValue(name: string): Json;
  /** Whether the fact belongs to what decides (and so to a plan's digest). */
  decides(name: string): boolean;
}

/** Readings for a condition: inputs answered from the inputs, the rest read. */
export async function readingsFor(
  deciding: Deciding,
  names: readonly string[],
  inputs: JsonObject,
): Promise<FactReadings> {
  const own = names.filter((name) => name.startsWith('inputs.'));
  const read = await deciding.readFacts(
    names.filter((name) => !name.startsWith('inputs.') && !name.startsWith('steps.')),
    { environment: deciding.environment, readers: deciding.readers, inputs },
  );
  return { ...read, ...Object.fromEntries(own.map((name) => [name, inputFact(name, inputs)])) };
}

/** A time as an input holds it. */
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

function inputFact(name: string, inputs: JsonObject): Fact {
  const given = inputs[name.slice('inputs.'.length)];
  // Times are compared as milliseconds.
  const value = typeof given === 'string' && instant.test(given) ? Date.parse(given) : given;
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string'
    ? { known: true, value }
    : { known: false, why: `--${name.slice('inputs.'.length)} was not given` };
}

/** Looks up `inputs.x` and `env.x` for `${…}` references; null where an input was not given. */
export function referenceLookup(deciding: Deciding, inputs: JsonObject): (name: string) => Json {
  return (name) =>
    name.startsWith('env.') ? deciding.environmentValue(name) : (inputs[name.slice('inputs.'.length)] ?? null);
}

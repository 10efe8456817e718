import type { Action, Decision } from './action.ts';
import type { Deciding } from './deciding.ts';
import type { Fact } from './facts.ts';
import { Fault } from './fault.ts';
import type { Json, JsonObject } from './json.ts';
import type { Applied, Applier } from './run.ts';

type Redact = (text: string) => string;

/**
 * What others say (the log of a load, a host's error output) may hold a secret that the configuration has, too. In words
 * for people it is masked here, on their way into plans and journals. Data that a run goes on with is left as it is: a
 * secret in there is a bug, and the journal rejects it.
 */
export function decidingWithoutSecrets(deciding: Deciding, redact: Redact): Deciding {
  return {
    ...deciding,
    action: (verb) => {
      const action = deciding.action(verb);
      const plan: Action<unknown>['plan'] = async (args, context) =>
        decisionWithout(await faultsWithout(() => action.plan(args, context), redact), redact);
      return { ...action, plan };
    },
    readFacts: async (names, scope) => {
      const readings = await faultsWithout(() => deciding.readFacts(names, scope), redact);
      return Object.fromEntries(Object.entries(readings).map(([name, fact]) => [name, factWithout(fact, redact)]));
    },
  };
}

/** The same for what changes leave behind as evidence, and for how they fail. */
export function applierWithoutSecrets(applier: Applier, redact: Redact): Applier {
  return {
    apply: async (change, outputs) =>
      provedWithout(await faultsWithout(() => applier.apply(change, outputs), redact), redact),
    verify: async (change, outputs, output) =>
      provedWithout(await faultsWithout(() => applier.verify(change, outputs, output), redact), redact),
  };
}

/** Words that outputs hold beside what later steps refer to. */
const wordsOfOutput = ['evidence', 'unverified'];

function provedWithout<T extends Applied>(proved: T, redact: Redact): T {
  const words = Object.entries(proved.output).filter(([name]) => wordsOfOutput.includes(name));
  const masked = Object.fromEntries(words.map(([name, value]) => [name, jsonWithout(value, redact)]));
  return { ...proved, evidence: proved.evidence.map(redact), output: { ...proved.output, ...masked } };
}

function decisionWithout(decision: Decision, redact: Redact): Decision {
  return {
    ...decision,
    unchanged: decision.unchanged.map(redact),
    unknown: decision.unknown.map(redact),
    notes: decision.notes.map(redact),
    blockers: decision.blockers.map((blocker) => ({
      ...blocker,
      message: redact(blocker.message),
      items: blocker.items.map(redact),
    })),
  };
}

function factWithout(fact: Fact, redact: Redact): Fact {
  if (!fact.known) return { ...fact, why: redact(fact.why) };
  return fact.source === undefined ? fact : { ...fact, source: redact(fact.source) };
}

async function faultsWithout<T>(work: () => Promise<T>, redact: Redact): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const [first, ...others] = error.problems.map((problem) => ({
      ...problem,
      message: redact(problem.message),
      ...(problem.next === undefined ? {} : { next: problem.next.map(redact) }),
      ...(problem.details === undefined ? {} : { details: jsonWithout(problem.details, redact) }),
    }));
    throw first === undefined ? error : new Fault(first, ...others);
  }
}

function jsonWithout(value: Json, redact: Redact): Json {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item: Json) => jsonWithout(item, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, item]) => [redact(key), jsonWithout(item, redact)]),
  );
}

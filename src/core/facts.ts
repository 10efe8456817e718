import type { Json } from './json.ts';

/** Types that a condition can compare. `instant` is milliseconds since the epoch, compared as int. */
export type FactType = 'bool' | 'int' | 'string';

/**
 * What is known of one fact now. Unknown is a value of its own: the depths of a vhost that is down are not 0 and a
 * condition that needs them is neither true nor false.
 */
export type Fact =
  | {
      readonly known: true;
      readonly value: boolean | number | string;
      readonly source?: string;
      /** Up to when it is known to be so, in words, where that is not the moment of reading. */
      readonly asOf?: string;
    }
  | { readonly known: false; readonly why: string };

/** A fact that conditions and `${…}` references may name, such as `vhost.state`. */
export interface FactDeclaration {
  readonly name: string;
  readonly type: FactType;
  /** One line for `runbook lint` messages and the documentation. */
  readonly help: string;
  /** Allowed values of a string fact; a comparison with any other literal is a lint error. */
  readonly values?: readonly string[];
  /**
   * Whether the fact decides something and so belongs to a plan's digest. Depths and counters always move and
   * are left out.
   */
  readonly decides: boolean;
}

/** Facts by name, as they were read for one decision. */
export type FactReadings = Readonly<Record<string, Fact>>;

/** The value of a fact for a plan or a journal: unknown becomes an object that says why. */
export function factToJson(fact: Fact): Json {
  return fact.known ? fact.value : { unknown: fact.why };
}

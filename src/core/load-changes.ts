/** Starts a run of a load type for a date, once: a second one is refused where it runs. */
export interface LoadStart {
  readonly kind: 'load.start';
  readonly loadType: string;
  /** `2019-10-17`. */
  readonly date: string;
  /** Tells this run from every other one of the same load type and date. */
  readonly id: string;
  /** Id of the ended run whose place it takes; null: there is none. */
  readonly replaces: string | null;
  readonly parameters: Readonly<Record<string, string>>;
  /** Local Offices that it is for. */
  readonly offices: readonly string[];
  /** How much of what it writes was there when this was planned. Anything but `none` needs consent by name. */
  readonly found: 'none' | 'partial' | 'complete' | 'unknown';
  /** What consent is given to, in words; null when nothing is there. */
  readonly twice: string | null;
  /** What was in each of the places that it writes to, in their order. */
  readonly was: readonly WrittenBefore[];
}

/** Waits until the run of an order has ended, following its log. */
export interface LoadFollow {
  readonly kind: 'load.follow';
  readonly loadType: string;
  readonly date: string;
  readonly id: string;
}

/** Looks whether what the run is for is there, until it is or its time is up. Changes nothing. */
export interface LoadProve {
  readonly kind: 'load.prove';
  readonly loadType: string;
  readonly date: string;
  readonly offices: readonly string[];
  readonly was: readonly WrittenBefore[];
}

/** Acknowledges an earlier run that failed at a load which is there by now: nobody has to do it by hand. */
export interface RunSettle {
  readonly kind: 'run.settle';
  readonly run: string;
  /** What that run had locked. */
  readonly target: string;
  /** Kept in its journal. */
  readonly reason: string;
}

/** What was in one of the places that a load type writes to; null is not known. */
export interface WrittenBefore {
  readonly where: string;
  readonly total: number | null;
}

import { createSymptomMatcher } from './match-signatures.ts';
import type { Signature } from './signature.ts';

/** A log that is looked at between the steps of a run. */
export interface WatchedLog {
  /** Name of the component. */
  readonly name: string;
  /** Its newest lines, oldest first. */
  read(): Promise<readonly string[]>;
}

/** Known errors of one log before and after a step. */
export interface ErrorShift {
  readonly component: string;
  /** Lines that came since it was looked at before; null: more than can be told apart. */
  readonly lines: number | null;
  /** Titles of signatures that were in the log before the step and are not in what came since. */
  readonly gone: readonly string[];
  /** Those that came with the step. */
  readonly fresh: readonly string[];
  /** Those that were there and go on. */
  readonly still: readonly string[];
}

/** Looks at logs once before a run and once after each step. */
export interface ErrorWatch {
  /** What has changed since it was asked before; the first time only remembers. A log that can't be read is left out. */
  look(): Promise<readonly ErrorShift[]>;
}

/**
 * Watches logs for known errors, so that "resolved, and then a new set of errors" is seen when it happens. Never
 * rejects, and never takes longer than `limitMs`: a recovery does not wait for a log.
 */
export function createErrorWatch(
  logs: readonly WatchedLog[],
  signatures: readonly Signature[],
  limited: <T>(read: () => Promise<T>) => Promise<T | null>,
): ErrorWatch {
  const before = new Map<string, { readonly lines: readonly string[]; readonly errors: ReadonlySet<string> }>();
  return {
    look: async () => {
      const read = await Promise.all(logs.map(async (log) => ({ log, lines: await limited(() => log.read()) })));
      return read.flatMap(({ log, lines }) => {
        if (lines === null) return [];
        const known = before.get(log.name);
        const came = known === undefined ? null : newLines(known.lines, lines);
        const errors = errorsIn(came ?? lines, signatures);
        // A log that has said nothing since says nothing of its errors being over.
        const kept = came?.length === 0 ? (known?.errors ?? errors) : errors;
        before.set(log.name, { lines, errors: kept });
        if (known === undefined || came?.length === 0) return [];
        const shift = {
          component: log.name,
          lines: came === null ? null : came.length,
          gone: [...known.errors].filter((title) => !errors.has(title)),
          fresh: [...errors].filter((title) => !known.errors.has(title)),
          still: [...errors].filter((title) => known.errors.has(title)),
        };
        return shift.gone.length + shift.fresh.length + shift.still.length === 0 ? [] : [shift];
      });
    },
  };
}

/** What of `now` came after `then`, both the end of one log; null when nothing of `then` is left in `now`. */
function newLines(then: readonly string[], now: readonly string[]): readonly string[] | null {
  const last = then.at(-1);
  if (last === undefined) return now;
  for (let at = now.length - 1; at >= 0; at -= 1) {
    if (now[at] !== last) continue;
    // The same words may come again: what stands before must be the same, too.
    const shared = Math.min(at + 1, then.length, 20);
    const same = Array.from({ length: shared }, (_, back) => now[at - back] === then[then.length - 1 - back]);
    if (same.every((is) => is)) return now.slice(at + 1);
  }
  return null;
}

function errorsIn(lines: readonly string[], signatures: readonly Signature[]): ReadonlySet<string> {
  const matcher = createSymptomMatcher(signatures);
  for (const line of lines) matcher.line(line);
  return new Set(matcher.reading('', 0, []).matches.map(({ title }) => title));
}

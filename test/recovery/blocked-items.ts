import type { Ended } from '../support/program.ts';

/** Items that a blocker of the given code names, from the JSON lines of a run. */
export function blockedItems(ended: Ended, code: string): readonly string[] {
  const lines = ended.lines as unknown as readonly {
    readonly code: string;
    readonly payload: { readonly problem: { readonly code: string; readonly details?: { readonly items: string[] } } };
  }[];
  return lines
    .filter((line) => line.code === 'problem' && line.payload.problem.code === code)
    .flatMap((line) => line.payload.problem.details?.items ?? []);
}

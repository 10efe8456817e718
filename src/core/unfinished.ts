import type { RunListing } from './ports.ts';

/**
 * The run that created the vhost anew and never proved that it is whole, from the journals alone: such a vhost says
 * that it runs, and its export is not the truth about it. Null when there is none, or a later import was proved.
 */
export function unfinishedRecreation(runs: readonly RunListing[], vhost: string): string | null {
  let unfinished: string | null = null;
  const inOrder = runs
    .flatMap(({ run, state }) => (state === null ? [] : [{ run, state }]))
    .sort((a, b) => a.state.startedAt.localeCompare(b.state.startedAt));
  for (const { run, state } of inOrder) {
    for (const { change, state: at } of [...state.steps.values()].flatMap((step) => step.changes)) {
      if (change.kind === 'vhost.create' && change.vhost === vhost && at.is !== 'waiting') unfinished = run;
      if (change.kind === 'definitions.import' && change.vhost === vhost && at.is === 'applied') unfinished = null;
    }
  }
  return unfinished;
}

import type { Change } from './change.ts';
import type { RunListing } from './ports.ts';
import type { Permission, VhostSnapshot } from './vhost.ts';

/**
 * Permissions on the vhost that runs of this tool withdrew and that no run has given back since, from the
 * journals alone: the way back for people whom an abandoned run left outside, and what a capture taken meanwhile
 * would lack.
 */
export function fencedOut(runs: readonly RunListing[], vhost: string): readonly Permission[] {
  const out = new Map<string, Permission>();
  const inOrder = [...runs].sort((a, b) => startOf(a).localeCompare(startOf(b)));
  for (const change of inOrder.flatMap(doneIn)) {
    if (change.kind === 'permission.withdraw' && change.vhost === vhost) out.set(change.was.user, change.was);
    if (change.kind === 'permission.grant' && change.vhost === vhost) out.delete(change.permission.user);
  }
  return [...out.values()];
}

function startOf(run: RunListing): string {
  return run.state?.startedAt ?? '';
}

/** Changes that took effect or may have: an intent without an outcome may have withdrawn a permission, too. */
function doneIn(run: RunListing): readonly Change[] {
  const steps = [...(run.state?.steps.values() ?? [])];
  return steps.flatMap((step) =>
    step.changes
      .filter(
        ({ change, state }) =>
          state.is === 'applied' || (change.kind === 'permission.withdraw' && state.is !== 'waiting'),
      )
      .map(({ change }) => change),
  );
}

/**
 * The snapshot with the permissions that people should have: who was fenced out is put back into it, or
 * restoring from it would shut them out for good.
 */
export function withFenced(
  snapshot: VhostSnapshot,
  fenced: readonly Permission[],
): { readonly snapshot: VhostSnapshot; readonly restored: readonly Permission[] } {
  const restored = fenced.filter((permission) => !snapshot.permissions.some((has) => has.user === permission.user));
  const permissions = [...snapshot.permissions, ...restored].sort((a, b) => (a.user < b.user ? -1 : 1));
  return { snapshot: { ...snapshot, permissions }, restored };
}

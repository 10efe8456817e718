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

/**
 * The limit of connections that a user had before a run of this tool held it off, when no run has released it since:
 * its number, null where it had none, undefined when it isn't held off by this tool.
 */
export function heldOff(runs: readonly RunListing[], user: string): number | null | undefined {
  let before: number | null | undefined;
  const inOrder = [...runs].sort((a, b) => startOf(a).localeCompare(startOf(b)));
  for (const change of inOrder.flatMap(doneIn)) {
    if (change.kind === 'user.hold-off' && change.user === user) before = change.was;
    if (change.kind === 'user.release' && change.user === user) before = undefined;
  }
  return before;
}

function startOf(run: RunListing): string {
  return run.state?.startedAt ?? '';
}

/** Changes that took effect or may have: an intent without an outcome may have shut somebody out, too. */
function doneIn(run: RunListing): readonly Change[] {
  const steps = [...(run.state?.steps.values() ?? [])];
  return steps.flatMap((step) =>
    step.changes
      .filter(
        ({ change, state }) =>
          state.is === 'applied' ||
          ((change.kind === 'permission.withdraw' || change.kind === 'user.hold-off') && state.is !== 'waiting'),
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

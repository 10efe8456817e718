import type { Change } from './change.ts';
import type { RunState } from './fold.ts';

/**
 * What a run that did not reach its end has left different on purpose and not yet put back: people fenced out,
 * a vhost deleted and not yet whole. In sentences for the end of the run; nobody must find out by themselves.
 */
export function leftBehind(state: RunState): readonly string[] {
  const made = [...state.steps.values()].flatMap((step) =>
    step.changes
      .filter((item) => item.state.is === 'applied' || item.state.is === 'open' || item.state.is === 'unknown')
      .map((item) => item.change),
  );
  const left: string[] = [];
  const fenced = users(made, 'permission.withdraw').filter((user) => !users(made, 'permission.grant').includes(user));
  if (fenced.length > 0) left.push(`Still fenced out (their permissions are withdrawn): ${fenced.join(', ')}.`);
  const held = made.filter((change) => change.kind === 'user.hold-off').map((change) => change.user);
  const released = made.filter((change) => change.kind === 'user.release').map((change) => change.user);
  const stillHeld = held.filter((user) => !released.includes(user));
  if (stillHeld.length > 0) left.push(`Still held off (max-connections is 0): ${stillHeld.join(', ')}.`);
  left.push(...cdcLeft(state, made));
  const deleted = made.find((change) => change.kind === 'vhost.delete');
  if (deleted !== undefined && !finished(state, 'definitions.import'))
    left.push(`Vhost ${deleted.vhost} was deleted and is not whole again.`);
  left.push(...componentsLeft(made), ...loadsLeft(state, made));
  return left;
}

/** Components that were stopped, and by the journal nobody has tried to start again: a failed start says so itself. */
function componentsLeft(made: readonly Change[]): readonly string[] {
  const last = new Map<string, Change['kind']>();
  for (const change of made)
    if (change.kind === 'component.stop' || change.kind === 'component.start' || change.kind === 'component.recreate')
      last.set(change.component, change.kind);
  return [...last]
    .filter(([, kind]) => kind === 'component.stop')
    .map(([name]) => `${name} was stopped, and has not been started again.`);
}

/** Loads that were started and whose end nobody has seen: they go on by themselves. */
function loadsLeft(state: RunState, made: readonly Change[]): readonly string[] {
  const items = [...state.steps.values()].flatMap((step) => step.changes);
  return made.flatMap((change) => {
    if (change.kind !== 'load.start') return [];
    const follow = items.find((item) => item.change.kind === 'load.follow' && item.change.id === change.id);
    const seen = follow === undefined || follow.state.is === 'applied' || follow.state.is === 'failed';
    return seen ? [] : [`${change.loadType} for ${change.date} was started, and may still be running.`];
  });
}

/** CDC was stopped, and by the journal nobody has started it again. */
function cdcLeft(state: RunState, made: readonly Change[]): readonly string[] {
  const last = made.findLast((change) => change.kind === 'cdc.stop' || change.kind === 'cdc.start');
  if (last?.kind !== 'cdc.stop') return [];
  const tried = [...state.steps.values()].some((step) =>
    step.changes.some((item) => item.change.kind === 'cdc.start' && item.state.is === 'failed'),
  );
  return [
    tried
      ? 'CDC was stopped, and that it runs again was not proved.'
      : 'CDC is stopped: no change is published until it is started again.',
  ];
}

function users(changes: readonly Change[], kind: 'permission.withdraw' | 'permission.grant'): readonly string[] {
  return changes.flatMap((change) => {
    if (change.kind !== kind) return [];
    return [change.kind === 'permission.withdraw' ? change.was.user : change.permission.user];
  });
}

function finished(state: RunState, kind: Change['kind']): boolean {
  return [...state.steps.values()].some((step) =>
    step.changes.some((item) => item.change.kind === kind && item.state.is === 'applied'),
  );
}

import type { ContainerStatus } from './container.ts';

/** What a restart of the daemon makes of one container. */
export type RestartFate =
  /** It runs on beside the restart (`live-restore`). */
  | 'keeps-running'
  /** It is stopped and started again by its policy. */
  | 'comes-back'
  /** It is stopped; whether its policy starts it depends on how it ends. */
  | 'may-come-back'
  /** It is stopped and nothing starts it. */
  | 'stays-down'
  /** It does not run now, and its policy starts it with the daemon. */
  | 'is-started'
  /** It is gone afterwards, and nothing makes it anew. */
  | 'vanishes'
  /** It does not run now and is as it was afterwards. */
  | 'stays'
  /** The daemon gives no answer about it. */
  | 'unknown';

/** What becomes of a container when its daemon restarts, by its state and policy. Seen on Docker 20.10. */
export function restartFate(container: ContainerStatus, liveRestore: boolean): RestartFate {
  const { state, policy, removedAtEnd } = container;
  switch (state) {
    case 'running':
    case 'paused':
    case 'restarting':
      if (liveRestore) return 'keeps-running';
      if (removedAtEnd) return 'vanishes';
      if (policy.name === 'always' || policy.name === 'unless-stopped') return 'comes-back';
      return policy.name === 'on-failure' ? 'may-come-back' : 'stays-down';
    case 'exited':
      // Stopped by hand, `unless-stopped` stays down; what ended by itself would be running again.
      return policy.name === 'always' ? 'is-started' : 'stays';
    case 'removing':
      return 'vanishes';
    case 'created':
    case 'dead':
      return 'stays';
    case 'unknown':
      return 'unknown';
    default:
      return state satisfies never;
  }
}

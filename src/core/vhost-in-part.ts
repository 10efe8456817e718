import type { VhostStatus } from './vhost.ts';

/** Nodes of a cluster that differ about a vhost, by name. */
export interface VhostInPart {
  readonly running: readonly string[];
  readonly stopped: readonly string[];
}

/**
 * A vhost that is stopped on some nodes of a cluster and runs on others: queues on the latter serve and can be read
 * (tried on a cluster of two), although the vhost as a whole is down. Null when all nodes agree; one that is itself
 * down says nothing of the vhost.
 */
export function vhostInPart({ nodes }: Pick<VhostStatus, 'nodes'>): VhostInPart | null {
  const named = (wanted: string): readonly string[] =>
    Object.entries(nodes)
      .filter(([, state]) => state === wanted)
      .map(([node]) => node)
      .sort();
  const [running, stopped] = [named('running'), named('stopped')];
  return running.length > 0 && stopped.length > 0 ? { running, stopped } : null;
}

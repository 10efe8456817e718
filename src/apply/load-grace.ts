import type { Environment } from '../core/environment.ts';
import type { LoadJob } from '../core/ports-loads.ts';

/** Ms from the order to stop a run until it is killed: its component's, or half a minute. */
export function componentGrace({ load }: LoadJob, { components }: Environment): number {
  return components.find(({ name }) => name === load.component)?.stopGraceMs ?? 30_000;
}

import type { ComponentRecreate } from '../core/change-component.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { componentOf } from './component-of.ts';
import { appliedStart, followOrdered, verifiedStart } from './follow-start.ts';
import type { Seen, World } from './world.ts';

/** Makes it anew and follows its log to an end. */
export async function apply(change: ComponentRecreate, world: World): Promise<Applied> {
  const component = componentOf(change.component, world);
  const { evidence } = await world.writers.components.recreate(component);
  return appliedStart(component, evidence, await followOrdered(component, [], world));
}

export async function verify(change: ComponentRecreate, seen: Seen, output: JsonObject | null): Promise<Verified> {
  return verifiedStart(componentOf(change.component, seen), null, seen, output);
}

import type { DefinitionsImport } from '../core/change.ts';
import { compareSnapshots } from '../core/definitions.ts';
import type { Applied, Verified } from '../core/run.ts';
import { captureOf, type Seen, type World } from './world.ts';

/** Limits come last: a limit on queues that was lowered later than the queues were made would refuse them. */
export async function apply(change: DefinitionsImport, world: World): Promise<Applied> {
  const { vhost } = change;
  const { snapshot, manifest } = await captureOf(change.capture, world);
  const sinceMs = world.readers.clock.now();
  const total = snapshot.definitions.queues.length;
  world.progress({
    label: `importing ${total} queues, ${snapshot.definitions.bindings.length} bindings`,
    done: null,
    total: null,
    unit: '',
    sinceMs,
  });
  for (const policy of snapshot.operatorPolicies) await world.writers.rabbit.setOperatorPolicy(vhost, policy);
  await world.writers.rabbit.importDefinitions(vhost, snapshot.definitions);
  for (const [name, value] of Object.entries(snapshot.limits)) await world.writers.rabbit.setLimit(vhost, name, value);
  world.progress(null);
  return { evidence: [`imported from ${manifest.id}`], output: { capture: manifest.id } };
}

/**
 * Exports everything again and compares it item by item: an import answers 204 and keeps a conflicting object
 * that somebody declared first (seen), so its answer proves nothing.
 */
export async function verify(change: DefinitionsImport, seen: Seen): Promise<Verified> {
  const [{ snapshot, manifest }, actual] = await Promise.all([
    captureOf(change.capture, seen),
    seen.readers.rabbit.snapshot(change.vhost, { depths: false }),
  ]);
  const differences = compareSnapshots(snapshot, actual);
  if (differences.length > 0) {
    return {
      verdict: 'not-applied',
      evidence: differences.map((item) => `${item.is}: ${item.kind} ${item.name}`),
      output: {},
    };
  }
  const { queues, exchanges, bindings, policies, parameters } = snapshot.definitions;
  return {
    verdict: 'applied',
    evidence: [
      `re-exported and equal to ${manifest.id}: ${queues.length} queues, ${exchanges.length} exchanges, ${bindings.length} bindings, ${policies.length} policies, ${parameters.length} parameters`,
    ],
    output: { capture: manifest.id },
  };
}

import { canonicalJson, type JsonObject } from './json.ts';
import type { VhostDefinitions } from './vhost.ts';

/**
 * Definitions in one form for equal content: vhost names stripped, lists sorted by what their items say. Property
 * order inside an item never matters where items are compared (canonical JSON).
 */
export function canonicalDefinitions(definitions: VhostDefinitions): VhostDefinitions {
  return {
    queues: canonicalObjects(definitions.queues),
    exchanges: canonicalObjects(definitions.exchanges),
    bindings: canonicalObjects(definitions.bindings),
    policies: canonicalObjects(definitions.policies),
    parameters: canonicalObjects(definitions.parameters),
  };
}

/** A list of the broker's objects without their vhost's name, sorted. */
export function canonicalObjects(objects: readonly JsonObject[]): readonly JsonObject[] {
  return objects
    .map((object) => {
      const bare = Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'vhost'));
      return { bare, key: canonicalJson(bare) };
    })
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ bare }) => bare);
}

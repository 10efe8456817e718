import type { Json, JsonObject } from '../../core/json.ts';
import type { VhostDefinitions } from '../../core/vhost.ts';
import { canonicalDefinitions } from '../../core/definitions.ts';

/** Components of runtime parameters that have an endpoint of their own and are captured from there. */
const elsewhere = new Set<Json | undefined>(['vhost-limits', 'operator_policy', 'policy']);

/**
 * Makes one form of what different versions export: up to 3.12 policies and parameters of a vhost's own export still
 * carry its name, and the parameters hold its limits and operator policies too.
 */
export function exportedDefinitions(raw: VhostDefinitions): VhostDefinitions {
  return canonicalDefinitions({
    queues: raw.queues,
    exchanges: raw.exchanges,
    bindings: raw.bindings,
    policies: raw.policies,
    parameters: raw.parameters.filter((parameter: JsonObject) => !elsewhere.has(parameter['component'])),
  });
}

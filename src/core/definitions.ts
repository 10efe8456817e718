import { canonicalJson, type Json, type JsonObject } from './json.ts';
import { maskSecrets } from './parameter-secrets.ts';
import type { Difference, Permission, TopicPermission, VhostDefinitions, VhostSnapshot } from './vhost.ts';

/** How names of canary queues and exchanges begin; nothing else on a broker may be named so. */
export const canaryPrefix = 'esr-ops.canary.';

/** How two snapshots are compared. */
export interface CompareOptions {
  /** Leaves out the queue, exchange and binding of a canary that was caught in the act. Default true. */
  readonly ignoreCanaries?: boolean;
}

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

/**
 * All differences between two snapshots of a vhost in what a recreation must bring back, except permissions
 * ({@link comparePermissions}); in the order queues, exchanges, bindings, policies, operator policies, parameters,
 * limits, metadata. Messages, connections, state and times are not compared. Secret values of parameters take part in
 * the comparison but are not in its result.
 */
export function compareSnapshots(
  expected: VhostSnapshot,
  actual: VhostSnapshot,
  options: CompareOptions = {},
): readonly Difference[] {
  const ignore = options.ignoreCanaries ?? true;
  const a = ignore ? withoutCanaries(expected.definitions) : expected.definitions;
  const b = ignore ? withoutCanaries(actual.definitions) : actual.definitions;
  return [
    ...compareItems('queue', a.queues, b.queues, nameOf),
    ...compareItems('exchange', a.exchanges, b.exchanges, nameOf),
    ...compareItems('binding', a.bindings, b.bindings, bindingName),
    ...compareItems('policy', a.policies, b.policies, nameOf),
    ...compareItems('operator-policy', expected.operatorPolicies, actual.operatorPolicies, nameOf),
    ...compareItems('parameter', a.parameters, b.parameters, parameterName, maskSecrets),
    ...compareItems('limit', asItems(expected.limits), asItems(actual.limits), nameOf),
    ...compareItems('metadata', metadataItems(expected), metadataItems(actual), nameOf),
  ];
}

/** Who may do what in a vhost, as a snapshot has it. */
export interface Permissions {
  readonly permissions: readonly Permission[];
  readonly topicPermissions: readonly TopicPermission[];
}

/** Differences in permissions (named by user) and topic permissions (`user on exchange`). */
export function comparePermissions(expected: Permissions, actual: Permissions): readonly Difference[] {
  const items = (list: readonly (Permission | TopicPermission)[]): JsonObject[] => list.map((each) => ({ ...each }));
  return [
    ...compareItems('permission', items(expected.permissions), items(actual.permissions), (item) => text(item['user'])),
    ...compareItems(
      'topic-permission',
      items(expected.topicPermissions),
      items(actual.topicPermissions),
      (item) => `${text(item['user'])} on ${text(item['exchange']) || '(default exchange)'}`,
    ),
  ];
}

/** `esr.exchange -> esr.queue.POR.split (POR.#)`; a destination that is an exchange says so. */
export function bindingName(binding: JsonObject): string {
  const to = text(binding['destination']);
  const shown = binding['destination_type'] === 'exchange' ? `exchange ${to}` : to;
  return `${text(binding['source'])} -> ${shown} (${text(binding['routing_key'])})`;
}

/** Without what belongs to a canary. */
export function withoutCanaries(definitions: VhostDefinitions): VhostDefinitions {
  const isCanary = (name: Json | undefined): boolean => typeof name === 'string' && name.startsWith(canaryPrefix);
  return {
    ...definitions,
    queues: definitions.queues.filter((item) => !isCanary(item['name'])),
    exchanges: definitions.exchanges.filter((item) => !isCanary(item['name'])),
    bindings: definitions.bindings.filter((item) => !isCanary(item['source']) && !isCanary(item['destination'])),
  };
}

/** `shovel move-dlq`: component and name. */
export function parameterName(parameter: JsonObject): string {
  return `${text(parameter['component'])} ${text(parameter['name'])}`;
}

/** The text of a property; empty when it is none. */
export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function nameOf(item: JsonObject): string {
  return text(item['name']);
}

function asItems(values: Readonly<Record<string, number>>): readonly JsonObject[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function metadataItems({ metadata }: VhostSnapshot): readonly JsonObject[] {
  return [
    { name: 'description', value: metadata.description },
    { name: 'tags', value: [...metadata.tags].sort() },
    { name: 'defaultQueueType', value: metadata.defaultQueueType },
    { name: 'tracing', value: metadata.tracing },
  ];
}

/**
 * Items are paired by name. Several may have one name (bindings that differ in their arguments only): equal ones are
 * paired first, so that each real difference is told once.
 */
function compareItems(
  kind: string,
  expected: readonly JsonObject[],
  actual: readonly JsonObject[],
  name: (item: JsonObject) => string,
  shown: (item: JsonObject) => Json = (item) => item,
): readonly Difference[] {
  const there = new Map<string, Map<string, JsonObject[]>>();
  for (const item of canonicalObjects(actual)) {
    const same = there.get(name(item)) ?? new Map<string, JsonObject[]>();
    const key = canonicalJson(item);
    same.set(key, [...(same.get(key) ?? []), item]);
    there.set(name(item), same);
  }
  const unpaired = canonicalObjects(expected).filter((item) => {
    const equal = there.get(name(item))?.get(canonicalJson(item));
    return equal?.pop() === undefined;
  });
  const left = new Map([...there].map(([key, byContent]) => [key, [...byContent.values()].flat()]));
  const differences: Difference[] = unpaired.map((item) => {
    const other = left.get(name(item))?.shift();
    const named = { kind, name: name(item), expected: shown(item) };
    return other === undefined ? { is: 'missing', ...named } : { is: 'changed', ...named, actual: shown(other) };
  });
  for (const item of [...left.values()].flat()) {
    differences.push({ is: 'extra', kind, name: name(item), actual: shown(item) });
  }
  return differences;
}

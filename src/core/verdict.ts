import type { CaptureVerdict } from './capture.ts';
import {
  bindingName,
  canonicalDefinitions,
  canonicalObjects,
  compareSnapshots,
  text,
  withoutCanaries,
} from './definitions.ts';
import type { ExpectedVhost } from './environment.ts';
import { digestOf, type Json, type JsonObject } from './json.ts';
import { splitSecrets } from './parameter-secrets.ts';
import type { Difference, VhostSnapshot } from './vhost.ts';

/** What a fresh capture is judged by. */
export interface CaptureEvidence {
  readonly fresh: VhostSnapshot;
  /** Content of the newest capture that counts as good; null when there is none. */
  readonly lastGood: VhostSnapshot | null;
  readonly expected: ExpectedVhost;
  /** A recreation of the vhost was cut off: although it runs, its export is not what it should be. Default false. */
  readonly unfinished?: boolean;
}

/**
 * Whether a vhost could be recreated from a capture. A running vhost's export is the truth about it: what it lacks was
 * taken away by somebody and is only noted. That of a vhost that isn't running is not: after a reboot in which its store
 * could not be opened the broker exports its queues, but no exchanges and no bindings. What the configuration says must
 * be there is missed in any state. Nor is it while a node of the cluster is down: the bindings of that node's queues are
 * left out then, although the vhost runs on the others (seen on a cluster of two, 3.10.8). Missing items are named `exchange esr.exchange`,
 * `binding esr.exchange -> esr.queue.x (POR.#)`.
 */
export function judgeCapture({ fresh, lastGood, expected, unfinished = false }: CaptureEvidence): CaptureVerdict {
  const down = fresh.broker.nodes.filter((node) => !node.running).map((node) => node.name);
  const runs = fresh.status.state === 'running' || fresh.status.state === 'unpermitted';
  const serves = runs && !unfinished && down.length === 0;
  const gone = lastGood === null ? [] : lostSince(lastGood, fresh);
  const dangling = danglingReferences(fresh);
  const configured = configuredButAbsent(fresh, expected);
  const unrouted = serves ? [] : queuesWithoutRouting(fresh);

  const reasons: string[] = [];
  const missing = new Set<string>();
  const miss = (items: readonly string[], reason: string): void => {
    if (items.length === 0) return;
    reasons.push(reason);
    for (const item of items) missing.add(item);
  };
  miss(configured, 'the configuration names exchanges that are not there');
  if (!serves) {
    miss(
      gone,
      `the last good capture has items that this one of a vhost that is ${unfinished ? 'not whole again' : runs ? `running without ${down.join(', ')}` : fresh.status.state} lacks`,
    );
    if (lastGood === null)
      miss(
        down.map((node) => `bindings of queues on ${node}`),
        'a broker leaves out the bindings of queues whose node is down, and there is no earlier good capture',
      );
    miss(dangling, 'its own objects refer to exchanges or queues that are not there');
    miss(
      unrouted,
      `it has queues but neither exchanges nor bindings, which is how a vhost looks whose store could not be opened after a reboot`,
    );
  }
  if (missing.size > 0) return { is: 'poorer', because: reasons.join('; '), missing: [...missing].sort() };
  return { is: 'complete', because: becauseComplete(serves, lastGood, gone, dangling) };
}

/**
 * Digest of what would be recreated: definitions, policies, parameters, limits, metadata and permissions; not depths,
 * connections, state and times, nor canaries. Secret values are left out, so that neither a digest in a plain file can
 * be used to guess them, nor a capture without them seems changed; a password that was only replaced does not count.
 */
export function contentDigest(snapshot: VhostSnapshot): string {
  const definitions = canonicalDefinitions(withoutCanaries(snapshot.definitions));
  const plain = (items: readonly object[]): Json => canonicalObjects(items.map((item) => ({ ...item })));
  return digestOf({
    definitions: {
      ...definitions,
      parameters: canonicalObjects(splitSecrets(definitions.parameters).parameters),
    },
    operatorPolicies: plain(snapshot.operatorPolicies),
    permissions: plain(snapshot.permissions),
    topicPermissions: plain(snapshot.topicPermissions),
    limits: snapshot.limits,
    metadata: { ...snapshot.metadata, tags: [...snapshot.metadata.tags].sort() },
  });
}

function becauseComplete(
  serves: boolean,
  lastGood: VhostSnapshot | null,
  gone: readonly string[],
  dangling: readonly string[],
): string {
  const notes = serves
    ? ['the vhost runs, so its export is what is in it']
    : lastGood === null
      ? ['the vhost does not run and there is no earlier good capture, but nothing that it refers to is missing']
      : ['everything of the last good capture is in it'];
  if (gone.length > 0) notes.push(`since the last good capture these were taken away: ${listed(gone)}`);
  if (dangling.length > 0) notes.push(`these are referred to and not there: ${listed(dangling)}`);
  return notes.join('; ');
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, 5).join(', ');
  return items.length > 5 ? `${shown} and ${items.length - 5} more` : shown;
}

/** Kinds of differences that a broker can lose by itself; a changed item is not a lost one. */
function lostSince(good: VhostSnapshot, fresh: VhostSnapshot): readonly string[] {
  return compareSnapshots(good, fresh)
    .filter((difference) => difference.is === 'missing')
    .map(itemName);
}

function itemName({ kind, name }: Difference): string {
  return `${kind} ${name}`;
}

function configuredButAbsent(fresh: VhostSnapshot, expected: ExpectedVhost): readonly string[] {
  const there = exchangesOf(fresh);
  return expected.exchanges.filter((name) => !there(name)).map((name) => `exchange ${name}`);
}

/** Whether an exchange is there: the default one and `amq.*` always are and are never exported. */
function exchangesOf(snapshot: VhostSnapshot): (name: string) => boolean {
  const names = new Set(snapshot.definitions.exchanges.map((exchange) => text(exchange['name'])));
  return (name) => name === '' || name.startsWith('amq.') || names.has(name);
}

function danglingReferences(snapshot: VhostSnapshot): readonly string[] {
  const { queues, exchanges, bindings, policies } = withoutCanaries(snapshot.definitions);
  const isExchange = exchangesOf(snapshot);
  const queueNames = new Set(queues.map((queue) => text(queue['name'])));
  const wanted = [
    ...queues.map((queue) => property(queue, 'arguments', 'x-dead-letter-exchange')),
    ...exchanges.map((exchange) => property(exchange, 'arguments', 'alternate-exchange')),
    ...policies.flatMap((policy) =>
      ['dead-letter-exchange', 'alternate-exchange'].map((key) => property(policy, 'definition', key)),
    ),
    ...bindings.map((binding) => text(binding['source'])),
    ...bindings.map((binding) => (binding['destination_type'] === 'exchange' ? text(binding['destination']) : '')),
  ];
  const missing = wanted.filter((name) => !isExchange(name)).map((name) => `exchange ${name}`);
  const unbound = bindings
    .filter((binding) => binding['destination_type'] === 'queue' && !queueNames.has(text(binding['destination'])))
    .map((binding) => `queue ${text(binding['destination'])} of binding ${bindingName(binding)}`);
  return [...new Set([...missing, ...unbound])];
}

function property(item: JsonObject, group: string, key: string): string {
  const values = item[group];
  return values === null || typeof values !== 'object' || Array.isArray(values)
    ? ''
    : text((values as JsonObject)[key]);
}

function queuesWithoutRouting(snapshot: VhostSnapshot): readonly string[] {
  const { queues, exchanges, bindings } = withoutCanaries(snapshot.definitions);
  if (queues.length === 0 || exchanges.length > 0 || bindings.length > 0) return [];
  return queues.map((queue) => `bindings of queue ${text(queue['name'])}`);
}

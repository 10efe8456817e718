import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDefinitions, comparePermissions, compareSnapshots } from '../../../src/core/definitions.ts';
import { canonicalJson, type Json, type JsonObject } from '../../../src/core/json.ts';
import { contentDigest } from '../../../src/core/verdict.ts';
import type { VhostSnapshot } from '../../../src/core/vhost.ts';
import { snapshotOfVhost } from '../../support/snapshots.ts';

const word = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'b', 'é', '.', '%', ' ', '/') });
const args = fc.dictionary(word, fc.oneof(fc.integer(), word, fc.boolean()), { maxKeys: 2 });
const named = (extra: Record<string, fc.Arbitrary<Json>>) =>
  fc.uniqueArray(fc.record({ name: word, ...extra }), { selector: (item) => item.name, maxLength: 6 });

const snapshots = fc
  .record({
    queues: named({ durable: fc.boolean(), arguments: args }),
    exchanges: named({ type: fc.constantFrom('topic', 'fanout'), arguments: args }),
    bindings: fc.uniqueArray(
      fc.record({
        source: word,
        destination: word,
        destination_type: fc.constantFrom('queue', 'exchange'),
        routing_key: word,
        arguments: args,
      }),
      { selector: (item) => canonicalJson(item as JsonObject), maxLength: 6 },
    ),
    policies: named({ pattern: word, definition: args, priority: fc.integer() }),
    operatorPolicies: named({ pattern: word, definition: args }),
    parameters: named({ component: fc.constant('shovel'), value: args }),
    limits: fc.dictionary(fc.constantFrom('max-queues', 'max-connections'), fc.integer()),
    description: word,
  })
  .map(
    ({ queues, exchanges, bindings, policies, operatorPolicies, parameters, limits, description }): VhostSnapshot => ({
      ...snapshotOfVhost({ queues, exchanges, bindings, policies, parameters }),
      operatorPolicies,
      limits,
      metadata: { description, tags: ['x', 'y'], defaultQueueType: null, tracing: false },
    }),
  );

/** The same content in another order, with keys turned round and a vhost's name in every object. */
function disordered(snapshot: VhostSnapshot): VhostSnapshot {
  const turned = (items: readonly JsonObject[]): JsonObject[] =>
    [...items].reverse().map((item) => Object.fromEntries<Json>([['vhost', 'v'], ...Object.entries(item).reverse()]));
  const { queues, exchanges, bindings, policies, parameters } = snapshot.definitions;
  return {
    ...snapshot,
    takenAt: 'another time',
    definitions: {
      queues: turned(queues),
      exchanges: turned(exchanges),
      bindings: turned(bindings),
      policies: turned(policies),
      parameters: turned(parameters),
    },
    operatorPolicies: turned(snapshot.operatorPolicies),
    limits: Object.fromEntries(Object.entries(snapshot.limits).reverse()),
    metadata: { ...snapshot.metadata, tags: [...snapshot.metadata.tags].reverse() },
  };
}

const kinds = ['queues', 'exchanges', 'bindings', 'policies', 'parameters'] as const;
const kindNames = {
  queues: 'queue',
  exchanges: 'exchange',
  bindings: 'binding',
  policies: 'policy',
  parameters: 'parameter',
};

describe('comparing vhosts', () => {
  it('finds no difference in another order, and the digest is the same', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const other = disordered(snapshot);
        expect(compareSnapshots(snapshot, other)).toEqual([]);
        expect(compareSnapshots(other, snapshot)).toEqual([]);
        expect(contentDigest(other)).toBe(contentDigest(snapshot));
        expect(canonicalDefinitions(canonicalDefinitions(other.definitions))).toEqual(
          canonicalDefinitions(snapshot.definitions),
        );
      }),
    );
  });

  it('finds exactly the one item that was taken away, added or changed', () => {
    fc.assert(
      fc.property(
        snapshots,
        fc.constantFrom(...kinds),
        fc.nat(),
        fc.constantFrom('missing', 'extra', 'changed'),
        (snapshot, kind, at, how) => {
          const items = snapshot.definitions[kind];
          fc.pre(items.length > 0);
          const index = at % items.length;
          const item = items[index]!;
          const changed: JsonObject = { ...item, 'new-property': 1 };
          const fewer = items.filter((_, position) => position !== index);
          const withItems = (list: readonly JsonObject[]): VhostSnapshot => ({
            ...snapshot,
            definitions: { ...snapshot.definitions, [kind]: list },
          });
          const less = disordered(withItems(fewer));
          const differences =
            how === 'missing'
              ? compareSnapshots(snapshot, less)
              : how === 'extra'
                ? compareSnapshots(less, snapshot)
                : compareSnapshots(snapshot, disordered(withItems([...fewer, changed])));
          expect(differences).toMatchObject([{ is: how, kind: kindNames[kind] }]);
          if (how === 'changed') expect(differences[0]).toMatchObject({ expected: item, actual: changed });
          expect(contentDigest(less)).not.toBe(contentDigest(snapshot));
        },
      ),
    );
  });

  it('finds changed limits, operator policies and metadata', () => {
    const base = {
      ...snapshotOfVhost({}),
      limits: { 'max-queues': 1 },
      operatorPolicies: [{ name: 'p', pattern: 'x' }],
    };
    const found = compareSnapshots(base, {
      ...base,
      limits: { 'max-queues': 2, 'max-connections': 1 },
      operatorPolicies: [],
      metadata: { ...base.metadata, defaultQueueType: 'quorum' },
    });
    expect(found.map(({ is, kind, name }) => `${is} ${kind} ${name}`)).toEqual([
      'missing operator-policy p',
      'changed limit max-queues',
      'extra limit max-connections',
      'changed metadata defaultQueueType',
    ]);
  });

  it('tells bindings apart by their arguments', () => {
    const binding = { source: 'x', destination: 'q', destination_type: 'queue', routing_key: 'k' };
    const a = snapshotOfVhost({
      bindings: [
        { ...binding, arguments: { n: 1 } },
        { ...binding, arguments: { n: 2 } },
      ],
    });
    const b = snapshotOfVhost({ bindings: [{ ...binding, arguments: { n: 2 } }] });
    expect(compareSnapshots(a, b)).toEqual([
      { is: 'missing', kind: 'binding', name: 'x -> q (k)', expected: { ...binding, arguments: { n: 1 } } },
    ]);
  });

  it('leaves canaries out unless told otherwise', () => {
    const name = 'esr-ops.canary.1';
    const a = snapshotOfVhost({});
    const b = snapshotOfVhost({
      queues: [{ name }],
      exchanges: [{ name }],
      bindings: [{ source: name, destination: name, destination_type: 'queue', routing_key: '' }],
    });
    expect(compareSnapshots(a, b)).toEqual([]);
    expect(contentDigest(a)).toBe(contentDigest(b));
    expect(compareSnapshots(a, b, { ignoreCanaries: false })).toHaveLength(3);
  });

  it('sees that a secret changed and does not show it', () => {
    const shovel = (password: string): Partial<VhostSnapshot['definitions']> => ({
      parameters: [
        { component: 'shovel', name: 's', value: { 'src-uri': `amqp://u:${password}@h`, nested: [{ password }] } },
      ],
    });
    const found = compareSnapshots(snapshotOfVhost(shovel('first-secret')), snapshotOfVhost(shovel('other-secret')));
    expect(found).toMatchObject([{ is: 'changed', kind: 'parameter', name: 'shovel s' }]);
    expect(JSON.stringify(found)).not.toMatch(/first-secret|other-secret/);
  });

  it('compares permissions by user and exchange', () => {
    const permission = { user: 'a', configure: '.*', write: '.*', read: '.*' };
    const topic = { user: 'a', exchange: 'x', write: '.*', read: '.*' };
    const found = comparePermissions(
      { permissions: [permission, { ...permission, user: 'b' }], topicPermissions: [topic] },
      {
        permissions: [
          { ...permission, read: '' },
          { ...permission, user: 'c' },
        ],
        topicPermissions: [],
      },
    );
    expect(found.map(({ is, kind, name }) => `${is} ${kind} ${name}`)).toEqual([
      'changed permission a',
      'missing permission b',
      'extra permission c',
      'missing topic-permission a on x',
    ]);
  });

  it('compares 5,000 queues with their bindings', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `esr.queue.${i}`);
    const big = snapshotOfVhost({
      queues: many.map((name) => ({ name, durable: true, arguments: { 'x-dead-letter-exchange': 'dlx' } })),
      bindings: many.map((name) => ({
        source: 'x',
        destination: name,
        destination_type: 'queue',
        routing_key: name,
        arguments: {},
      })),
    });
    const other = disordered(big);
    expect(compareSnapshots(big, other)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { ExpectedVhost } from '../../../src/core/environment.ts';
import { judgeCapture } from '../../../src/core/verdict.ts';
import type { VhostDefinitions } from '../../../src/core/vhost.ts';
import { snapshotOfVhost } from '../../support/snapshots.ts';

const expected: ExpectedVhost = { queuePrefixes: [], users: [], consumers: null, exchanges: [], neighbours: [] };
const whole: VhostDefinitions = {
  queues: [{ name: 'esr.queue.x', arguments: { 'x-dead-letter-exchange': 'esr.dlx' } }],
  exchanges: [
    { name: 'esr.exchange', arguments: {} },
    { name: 'esr.dlx', arguments: {} },
  ],
  bindings: [
    {
      source: 'esr.exchange',
      destination: 'esr.queue.x',
      destination_type: 'queue',
      routing_key: 'POR.#',
      arguments: {},
    },
  ],
  policies: [],
  parameters: [],
};
const rebooted = { ...whole, exchanges: [], bindings: [] };

describe('judging a capture', () => {
  it('takes a down vhost whose export has everything', () => {
    const verdict = judgeCapture({ fresh: snapshotOfVhost(whole, 'down'), lastGood: snapshotOfVhost(whole), expected });
    expect(verdict.is).toBe('complete');
  });

  it('names what the last good capture has and a down vhost lacks', () => {
    const verdict = judgeCapture({
      fresh: snapshotOfVhost(rebooted, 'down'),
      lastGood: snapshotOfVhost(whole),
      expected,
    });
    expect(verdict).toMatchObject({
      is: 'poorer',
      missing: [
        'binding esr.exchange -> esr.queue.x (POR.#)',
        'bindings of queue esr.queue.x',
        'exchange esr.dlx',
        'exchange esr.exchange',
      ],
    });
  });

  it('suspects a down vhost with queues and no routing, without any earlier capture', () => {
    const queues = [{ name: 'a' }, { name: 'b' }];
    const verdict = judgeCapture({ fresh: snapshotOfVhost({ queues }, 'down'), lastGood: null, expected });
    expect(verdict).toMatchObject({ is: 'poorer', missing: ['bindings of queue a', 'bindings of queue b'] });
    expect(judgeCapture({ fresh: snapshotOfVhost({ queues }), lastGood: null, expected }).is).toBe('complete');
  });

  it('takes what was removed from a running vhost as wanted, and says so', () => {
    const verdict = judgeCapture({
      fresh: snapshotOfVhost({ ...whole, bindings: [] }),
      lastGood: snapshotOfVhost(whole),
      expected,
    });
    expect(verdict.is).toBe('complete');
    expect(verdict.because).toContain('binding esr.exchange -> esr.queue.x (POR.#)');
  });

  it.each([
    ['a dead-letter exchange', { queues: [{ name: 'q', arguments: { 'x-dead-letter-exchange': 'gone' } }] }],
    ['an alternate exchange', { exchanges: [{ name: 'x', arguments: { 'alternate-exchange': 'gone' } }] }],
    ['a policy', { policies: [{ name: 'p', definition: { 'dead-letter-exchange': 'gone' } }] }],
    [
      'a binding',
      { bindings: [{ source: 'gone', destination: 'esr.queue.x', destination_type: 'queue', routing_key: '' }] },
    ],
    [
      'a binding of exchanges',
      { bindings: [{ source: 'amq.topic', destination: 'gone', destination_type: 'exchange', routing_key: '' }] },
    ],
  ])('misses what %s refers to in a down vhost, and notes it in a running one', (_what, change) => {
    const definitions: Record<keyof VhostDefinitions, VhostDefinitions['queues']> = { ...whole };
    for (const [key, items] of Object.entries(change) as [keyof VhostDefinitions, VhostDefinitions['queues']][]) {
      definitions[key] = [...whole[key], ...items];
    }
    const down = judgeCapture({ fresh: snapshotOfVhost(definitions, 'down'), lastGood: null, expected });
    expect(down).toMatchObject({ is: 'poorer', missing: ['exchange gone'] });
    const running = judgeCapture({ fresh: snapshotOfVhost(definitions), lastGood: null, expected });
    expect(running.is).toBe('complete');
    expect(running.because).toContain('exchange gone');
  });

  it('knows the exchanges that every vhost has', () => {
    const bindings = [{ source: 'amq.topic', destination: 'esr.queue.x', destination_type: 'queue', routing_key: 'k' }];
    const queues = [{ name: 'esr.queue.x', arguments: { 'x-dead-letter-exchange': '' } }];
    expect(judgeCapture({ fresh: snapshotOfVhost({ queues, bindings }, 'down'), lastGood: null, expected }).is).toBe(
      'complete',
    );
  });

  it('misses an exchange that the configuration names, in any state', () => {
    const verdict = judgeCapture({
      fresh: snapshotOfVhost(whole),
      lastGood: null,
      expected: { ...expected, exchanges: ['maxwell'] },
    });
    expect(verdict).toMatchObject({ is: 'poorer', missing: ['exchange maxwell'] });
  });
});

import { lastGood } from '../../core/last-good.ts';
import { known, unknown, vhostOf, type FactSource } from './source.ts';

/** Facts of the last good capture: what a healthy vhost looked like. */
export const baselineFacts: readonly FactSource[] = [
  {
    name: 'baseline.exists',
    type: 'bool',
    help: 'there is a good capture of the vhost',
    decides: true,
    read: async (scope) => known((await lastGood(scope.readers.captures, vhostOf(scope))) !== null),
  },
  {
    name: 'capture.verdict',
    type: 'string',
    values: ['complete', 'poorer', 'none'],
    help: 'verdict on the newest capture of the vhost',
    decides: false,
    read: async (scope) => {
      const { manifests } = await scope.readers.captures.list(vhostOf(scope));
      return known(manifests[0]?.verdict.is ?? 'none', manifests[0]?.id);
    },
  },
  {
    name: 'baseline.consumers',
    type: 'int',
    help: 'consumers of the vhost when it was last captured running, or as the configuration expects',
    decides: false,
    read: async (scope) => {
      const capture = await lastGood(scope.readers.captures, vhostOf(scope), 'running');
      const depths = capture?.snapshot.depths;
      if (capture && depths)
        return known(
          depths.reduce((sum, queue) => sum + queue.consumers, 0),
          capture.manifest.id,
        );
      const expected = scope.environment.rabbitmq?.expected.consumers ?? null;
      if (expected !== null) return known(expected, 'rabbitmq.expected.consumers');
      return unknown(
        'there is no capture of the vhost running and the configuration has no rabbitmq.expected.consumers',
      );
    },
  },
];

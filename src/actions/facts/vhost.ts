import { comparePermissions, compareSnapshots } from '../../core/definitions.ts';
import { fencedOut } from '../../core/fenced-out.ts';
import { lastGood } from '../../core/last-good.ts';
import { unfinishedRecreation } from '../../core/unfinished.ts';
import { known, unknown, vhostOf, type FactSource } from './source.ts';

/** Facts of the vhost that the runbook is about. */
export const vhostFacts: readonly FactSource[] = [
  {
    name: 'vhost.state',
    type: 'string',
    values: ['running', 'down', 'absent', 'unpermitted'],
    help: 'state of the vhost, from HTTP and from the close frame of AMQP',
    decides: true,
    read: async (scope) => {
      const status = await scope.readers.rabbit.status(vhostOf(scope));
      return known(status.state, status.evidence.join('; '));
    },
  },
  {
    name: 'vhost.consumers',
    type: 'int',
    help: 'consumers on the queues of the vhost; unknown unless it runs',
    decides: false,
    read: async (scope) => {
      const depths = await scope.readers.rabbit.depths(vhostOf(scope));
      if (depths === null) return unknown('the vhost is not running, and its consumers are unknown then, not 0');
      return known(depths.reduce((sum, queue) => sum + queue.consumers, 0));
    },
  },
  {
    name: 'vhost.messages',
    type: 'int',
    help: 'messages in the queues of the vhost; unknown unless it runs',
    decides: false,
    read: async (scope) => {
      const depths = await scope.readers.rabbit.depths(vhostOf(scope));
      if (depths === null) return unknown('the vhost is not running, and its depths are unknown then, not 0');
      return known(depths.reduce((sum, queue) => sum + queue.messages, 0));
    },
  },
  {
    name: 'vhost.permissions',
    type: 'string',
    values: ['complete', 'missing', 'no-baseline'],
    help: 'whether everybody who had a permission on the vhost at the last good capture still has it',
    decides: true,
    read: async (scope) => {
      const vhost = vhostOf(scope);
      const capture = await lastGood(scope.readers.captures, vhost);
      if (capture === null) return known('no-baseline');
      const { state } = await scope.readers.rabbit.status(vhost);
      if (state === 'absent') return known('missing', 'the vhost is absent');
      const [permissions, topicPermissions] = await Promise.all([
        scope.readers.rabbit.permissions(vhost),
        scope.readers.rabbit.topicPermissions(vhost),
      ]);
      const differences = comparePermissions(capture.snapshot, { permissions, topicPermissions });
      const missing = differences.filter((difference) => difference.is !== 'extra');
      return known(
        missing.length > 0 ? 'missing' : 'complete',
        missing.map((item) => `${item.kind} ${item.name}`).join(', '),
      );
    },
  },
  {
    name: 'vhost.unfinished',
    type: 'bool',
    help: 'an earlier run created the vhost anew, was cut off, and the vhost lacks items of the last good capture',
    decides: true,
    read: async (scope) => {
      const vhost = vhostOf(scope);
      const run = unfinishedRecreation(await scope.readers.runs.list(), vhost);
      if (run === null || (await scope.readers.rabbit.status(vhost)).state !== 'running') return known(false);
      const good = await lastGood(scope.readers.captures, vhost);
      if (good === null) return known(true, `run ${run} was cut off, and there is no good capture to compare with`);
      const lacks = compareSnapshots(good.snapshot, await scope.readers.rabbit.snapshot(vhost)).filter(
        (difference) => difference.is === 'missing',
      );
      return known(
        lacks.length > 0,
        lacks.length > 0 ? `run ${run} was cut off: ${lacks.length} item(s) are missing` : '',
      );
    },
  },
  {
    name: 'vhost.fenced',
    type: 'bool',
    help: 'an earlier run withdrew permissions on the vhost that nobody has given back',
    decides: true,
    read: async (scope) => {
      const vhost = vhostOf(scope);
      const withdrawn = fencedOut(await scope.readers.runs.list(), vhost);
      if (withdrawn.length === 0) return known(false);
      const { state } = await scope.readers.rabbit.status(vhost);
      const has = state === 'absent' ? [] : await scope.readers.rabbit.permissions(vhost);
      const out = withdrawn.filter((permission) => !has.some((now) => now.user === permission.user));
      return known(out.length > 0, out.map((permission) => permission.user).join(', '));
    },
  },
];

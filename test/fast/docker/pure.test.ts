import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContainerStatus } from '../../../src/core/container.ts';
import { newLines } from '../../../src/core/new-lines.ts';
import { restartFate } from '../../../src/core/restart-fate.ts';
import { zombiesIn } from '../../../src/services/docker/host-look.ts';

const container: ContainerStatus = {
  id: 'a'.repeat(64),
  name: 'esr',
  image: 'esr:1',
  state: 'running',
  health: null,
  exitCode: null,
  oomKilled: false,
  error: '',
  restarts: 0,
  policy: { name: 'no', retries: 0 },
  removedAtEnd: false,
  pid: 1,
  startedAt: null,
  finishedAt: null,
};
const policy = (name: ContainerStatus['policy']['name']) => ({ policy: { name, retries: 0 } });

test.each([
  [{}, false, 'stays-down'],
  [policy('always'), false, 'comes-back'],
  [policy('unless-stopped'), false, 'comes-back'],
  [policy('on-failure'), false, 'may-come-back'],
  [{ ...policy('always'), removedAtEnd: true }, false, 'vanishes'],
  [{ removedAtEnd: true }, true, 'keeps-running'],
  [{ state: 'paused' }, false, 'stays-down'],
  [{ state: 'exited', ...policy('always') }, false, 'is-started'],
  [{ state: 'exited', ...policy('unless-stopped') }, false, 'stays'],
  [{ state: 'created', ...policy('always') }, false, 'stays'],
  [{ state: 'removing', ...policy('always') }, false, 'vanishes'],
  [{ state: 'removing' }, true, 'vanishes'],
  [{ state: 'dead', ...policy('always') }, false, 'stays'],
  [{ state: 'unknown' }, false, 'unknown'],
] as const)('a restart of the daemon: %j, live-restore %j: %s', (changes, liveRestore, fate) => {
  expect(restartFate({ ...container, ...changes }, liveRestore)).toBe(fate);
});

test('new lines of a log are what was written since, however often a line is the same', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'Started', 'x'));
  fc.assert(
    fc.property(lines, lines, (before, added) => {
      const unique = before.map((line, at) => `${at} ${line}`);
      expect(newLines(unique, [...unique, ...added])).toEqual(added);
      expect(newLines([], added)).toEqual(added);
    }),
  );
  expect(newLines(['1', '2', '3'], ['2', '3', '4'])).toEqual(['2', '3', '4']);
});

test('zombies are read from names that hold spaces, brackets and line ends', () => {
  const stats = [
    '1 (init) S 0 1 1 0 -1',
    '20 (a) Z 7 (b) S 1 20 20 0 -1',
    '30 (bad\nname) Z 1 30 30 0 -1',
    '40 (node) Z 20 40 40 0 -1',
  ].join('\n');
  expect(zombiesIn(stats).map(({ pid, parent }) => [pid, parent.program])).toEqual([
    [30, 'init'],
    [40, 'a) Z 7 (b'],
  ]);
});

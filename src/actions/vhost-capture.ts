import * as z from 'zod';
import { nothing, type Action } from '../core/action.ts';
import { expectedVhost } from '../core/expected.ts';
import { lastGood } from '../core/last-good.ts';
import { unfinishedRecreation } from '../core/unfinished.ts';
import { contentDigest, judgeCapture } from '../core/verdict.ts';

const schema = z.object({ vhost: z.string(), 'if-changed': z.boolean().nullish() });

/** Takes a capture: everything that deleting the vhost destroys, except messages. */
export const vhostCapture: Action<z.infer<typeof schema>> = {
  verb: 'vhost.capture',
  help: 'write a verified capture of definitions, permissions, limits, policies and parameters',
  args: { vhost: 'string', 'if-changed': 'bool?' },
  affects: ['baseline.', 'capture.'],
  reads: ['vhost.state'],
  settles: 'plan',
  outputs: { id: 'string', verdict: 'string' },
  schema,
  plan: async ({ vhost, 'if-changed': ifChanged }, { readers, environment }) => {
    const status = await readers.rabbit.status(vhost);
    if (status.state === 'absent') {
      return {
        ...nothing,
        blockers: [
          {
            code: 'vhost.absent',
            message: `Vhost ${vhost} does not exist, so there is nothing to capture.`,
            items: [],
            remedies: [],
          },
        ],
      };
    }
    const [fresh, good] = await Promise.all([
      readers.rabbit.snapshot(vhost, { depths: false }),
      lastGood(readers.captures, vhost),
    ]);
    if (ifChanged === true && good !== null && contentDigest(fresh) === contentDigest(good.snapshot)) {
      return { ...nothing, unchanged: [`vhost ${vhost} is as in the last good capture ${good.manifest.id}`] };
    }
    const verdict = judgeCapture({
      fresh,
      lastGood: good?.snapshot ?? null,
      expected: expectedVhost(environment),
      unfinished: unfinishedRecreation(await readers.runs.list(), vhost) !== null,
    });
    const poorer =
      verdict.is === 'poorer'
        ? [
            `this capture will not count as good: ${verdict.because}`,
            ...verdict.missing.map((item) => `it lacks ${item}`),
          ]
        : [];
    const depths =
      status.state === 'down' ? [`depths and consumers: the vhost is ${status.state}, so they are unknown, not 0`] : [];
    return {
      ...nothing,
      changes: [{ kind: 'capture.write', vhost, ifChanged: ifChanged ?? false }],
      notes: poorer,
      unknown: depths,
    };
  },
};

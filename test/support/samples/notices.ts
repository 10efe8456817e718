import { noticeText } from '../../../src/core/notice-text.ts';
import { at, atMs } from './moment.ts';
import type { Samples } from './samples.ts';

/** Messages of notices to channels. */
export function noticeSamples(name: string) {
  const notice = {
    at,
    event: 'needs-person',
    environment: name,
    command: 'recover vhost',
    run: 'run-1',
    target: `vhost:${name}`,
    outcome: 'failed',
    what: `It broke: ${name}`,
    next: name,
    deadline: { loadType: name, means: name, atMs, leftMs: 60_000 },
    by: name,
  } as const;
  return {
    'notices.ahead': [
      {
        notices: (['team', 'esr'] as const).map((audience) => ({
          channel: name,
          notice,
          text: noticeText(notice, { audience }, 'Europe/London'),
        })),
      },
    ],
    'notices.listed': [
      {
        environment: 'prod',
        queues: [
          {
            channel: name,
            waiting: Array.from({ length: 7 }, () => ({ at, event: 'blocked' as const, command: name })),
            refused: 2,
            why: name,
            notBeforeMs: atMs,
          },
          { channel: name, waiting: [], refused: 0, why: null, notBeforeMs: null },
        ],
      },
    ],
  } satisfies Partial<Samples>;
}

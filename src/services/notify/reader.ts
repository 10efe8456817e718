import { join } from 'node:path';
import type { NoticeChannel, NoticeReader } from '../../core/notice.ts';
import { queueNames, readQueued, readState, refusedCount, waitingFiles } from './queue-files.ts';

/** Reads the queues of the environment whose state folder is `dir`. Sends nothing. */
export function createNoticeReader(dir: string, channels: readonly Pick<NoticeChannel, 'name'>[]): NoticeReader {
  return {
    queues: () =>
      Promise.all(
        channels.map(async ({ name }) => {
          const folder = join(dir, queueNames.folder, name);
          const found = await Promise.all((await waitingFiles(folder)).map((file) => readQueued(join(folder, file))));
          return {
            channel: name,
            waiting: found.flatMap((one) =>
              one === null ? [] : [{ at: one.at, event: one.event, command: one.command }],
            ),
            refused: await refusedCount(folder),
            ...(await readState(folder)),
          };
        }),
      ),
  };
}

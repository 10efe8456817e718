import { Fault, type Problem } from '../../core/fault.ts';

/** A drain on disk that can't be trusted: which file, at which octet and record, and why. */
export function damagedDrain(
  file: string,
  why: string,
  at?: { readonly offset: number; readonly record: number },
): Fault {
  const place = at === undefined ? '' : ` at octet ${at.offset} (record ${at.record})`;
  return new Fault({
    code: 'drain.damaged',
    message: `The drain is damaged: ${file}${place}: ${why}.`,
    where: file,
    ...(at === undefined ? {} : { details: { ...at } }),
    exit: 'blocked',
    next: ['restore the file from a copy'],
  });
}

/** A queue that can't be drained, and why. Nothing was changed. */
export function refusedQueue(queue: string, code: string, why: string, ...next: string[]): Problem {
  return {
    code,
    message: `The queue ${JSON.stringify(queue)} can't be drained: ${why}.`,
    where: queue,
    next,
    exit: 'blocked',
  };
}

/** What a system error of the disk means, in words. */
export function diskTrouble(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'the disk is full';
  if (code === 'EFBIG') return 'the file may not grow further';
  if (code === 'EIO') return 'the disk reports an error';
  if (code === 'EROFS') return 'the disk is read-only';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be accessed';
  if (code === 'ENOENT') return 'it is missing';
  if (code === 'EEXIST') return 'it is there already';
  return code ?? message;
}

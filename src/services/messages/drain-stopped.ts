import type { DrainManifest } from '../../core/drain.ts';
import { Fault } from '../../core/fault.ts';
import { diskTrouble } from './drain-fault.ts';
import type { DrainOptions } from './drain-options.ts';
import type { Intake } from './intake.ts';

/** The fault that ends a drain: what happened, what is on disk, and what went back to the queues. */
export function drainStopped(
  error: unknown,
  options: DrainOptions,
  manifest: DrainManifest,
  intake: Intake | null,
): Error {
  if (!(error instanceof Fault)) return error as Error;
  const [{ message, exit, where, next = [], code, details }] = error.problems;
  const safe = intake?.safe() ?? 0;
  const back = intake?.open() ?? 0;
  const quorum = options.queues.some(({ kind }) => kind === 'quorum');
  const kept = options.copy === true || options.hold !== undefined;
  const returned =
    kept || back === 0
      ? ''
      : ` ${back} more were received and not acknowledged: they are in their queue again${quorum ? ', in a quorum queue with one delivery more' : ''}.`;
  return new Fault({
    code: code.startsWith('drain.') ? code : 'drain.stopped',
    message: `${message} ${safe} messages of this session are on disk${kept ? ' and still in their queues' : ' and acknowledged'}.${returned} The queues are not empty as far as is known.`,
    ...(where === undefined ? {} : { where }),
    details: { cause: code, because: details ?? null, onDisk: safe, back, session: manifest.sessions },
    exit,
    next: ['esr-ops resume', ...next],
  });
}

/** The disk failed. Nothing that is not on it was acknowledged. */
export function notOnDisk(dir: string, error: Error): Fault {
  return new Fault({
    code: 'drain.not-written',
    message: `The messages can't be written: ${diskTrouble(error)}. Nothing was acknowledged that is not on disk.`,
    where: dir,
    exit: 'failed',
    next: ['make room or repair the disk'],
  });
}

/** Others consume from a queue that is to be drained. */
export function consumersAttached(vhost: string, queue: string, consumers: number): Fault {
  return new Fault({
    code: 'drain.consumers',
    message: `${consumers} other consumers take messages from the queue ${JSON.stringify(queue)} of the vhost ${JSON.stringify(vhost)}: what they take would not be in the drain.`,
    where: queue,
    exit: 'blocked',
    next: ['esr-ops vhost fence', 'or add --allow-consumers: then what they take is not in the drain'],
  });
}

import { createHash } from 'node:crypto';
import { identityOf, type ExceptionKind, type ReconcileException } from '../../core/reconcile.ts';

/** Counts exceptions as they pass, and digests them whatever their order: nothing is kept of them. */
export function exceptionTally(found: (exception: ReconcileException) => Promise<void> | void): {
  readonly found: (exception: ReconcileException) => Promise<void>;
  result(): {
    readonly counts: Readonly<Partial<Record<ExceptionKind, number>>>;
    readonly exceptions: number;
    readonly digest: string;
  };
} {
  const counts: Partial<Record<ExceptionKind, number>> = {};
  let exceptions = 0;
  let sum = 0n;
  return {
    found: async (exception) => {
      counts[exception.kind] = (counts[exception.kind] ?? 0) + 1;
      exceptions += 1;
      // A sum, because the servers give them in no order; not XOR, in which two equal ones would vanish.
      sum =
        (sum +
          BigInt(
            `0x${createHash('sha256')
              .update(JSON.stringify(identityOf(exception)))
              .digest('hex')}`,
          )) %
        2n ** 256n;
      await found(exception);
    },
    result: () => ({ counts, exceptions, digest: sum.toString(16).padStart(64, '0') }),
  };
}

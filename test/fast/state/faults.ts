import { expect } from 'vitest';
import { Fault, type Problem } from '../../../src/core/fault.ts';

/** First problem of the Fault that the promise rejects with; anything else fails the test. */
export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error: unknown = await promise.then(
    (value) => {
      throw new Error(`expected a Fault, got ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof Fault)) throw error;
  expect(error.problems[0].message).not.toBe('');
  return error.problems[0];
}

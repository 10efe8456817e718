/**
 * Every exit code of the program, each with one meaning only. The numbers are a contract with scripts: they never
 * change and are never reused (a test keeps them unique; `esr-ops help exit-codes` prints this table).
 */
export const exitCodes = {
  done: { code: 0, meaning: 'done and verified, or nothing to do' },
  failed: { code: 1, meaning: 'failed: what happened was said, and what was changed is in the journal' },
  usage: { code: 2, meaning: 'usage, configuration or runbook fault; nothing was changed' },
  declined: { code: 3, meaning: 'declined, or consent was missing; nothing was changed by the step that asked' },
  blocked: { code: 4, meaning: 'blocked by a pre-check; nothing was changed' },
  unverified: { code: 5, meaning: 'done, but something could not be verified' },
  unknown: { code: 6, meaning: 'the outcome of a change is unknown; a person is needed' },
  locked: { code: 7, meaning: 'another run holds the lock, or an earlier run is not settled' },
  stale: { code: 8, meaning: 'the plan is stale, already used, or for another target; nothing was changed' },
  unreachable: { code: 9, meaning: 'a service or program that is needed cannot be reached' },
  changes: { code: 10, meaning: 'dry run has changes (only with --detailed-exitcode)' },
  findings: { code: 11, meaning: 'findings to act on (status, diagnose, reconcile, config check)' },
  interrupted: { code: 130, meaning: 'interrupted; `esr-ops resume` goes on from the journal' },
} as const satisfies Record<string, { code: number; meaning: string }>;

/**
 * Exit code of the hidden `lab cdc status` for a process that does not run, as init scripts answer: a lab's
 * configuration names that command as `cdc.control.status`, whose contract this is. No other command ends so.
 */
export const stoppedStatus = 3;

/** Name of an exit code: what the code deals with; only the composition root turns it into a number. */
export type ExitName = keyof typeof exitCodes;

import type { Problem } from '../../../src/core/fault.ts';

/** A problem with all that one can have. */
export function sampleProblem(name: string): Problem {
  return {
    code: 'rabbitmq.timeout',
    message: `No answer from ${name}.`,
    where: name,
    next: [name, 'esr-ops status', `esr-ops resume run-1   (when ${name} is right)`, `look at ${name} yourself`],
    details: { line: `when: ${name}`, caret: 6, length: name.length },
    exit: 'unknown',
  };
}

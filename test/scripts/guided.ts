import { programFile, type TestEnvironment } from '../support/program.ts';
import { keys, startPty, type Pty } from '../support/pty.ts';

/** The questions of a guided recovery of a vhost that is down, in their order, and how each is agreed to. */
export const questions = [
  { step: 'capture', kind: 'continue' },
  { step: 'fence', kind: 'agree' },
  { step: 'restart', kind: 'agree' },
  { step: 'recreate', kind: 'type' },
  { step: 'canary', kind: 'continue' },
  { step: 'lift', kind: 'agree' },
] as const;

const prompts = { continue: /n stops:/, agree: /y\/N:/, type: /\(Enter: no\):/ } as const;

/** Starts `recover vhost` at a terminal of its own. */
export function startGuided(environment: Pick<TestEnvironment, 'env'>, ...args: readonly string[]): Pty {
  return startPty([process.execPath, programFile(), 'recover', 'vhost', ...args], { env: environment.env });
}

/** Waits for the question of a step. */
export async function questionOf(pty: Pty, question: (typeof questions)[number]): Promise<void> {
  await pty.waitFor(new RegExp(`Step \\d+ of \\d+: ${question.step}\\b`), 60_000);
  await pty.waitFor(prompts[question.kind], 30_000);
}

/** Agrees to the question that is shown. */
export function agree(pty: Pty, question: (typeof questions)[number], name: string): void {
  switch (question.kind) {
    case 'continue':
      pty.key('enter');
      break;
    case 'agree':
      pty.type(`y${keys.enter}`);
      break;
    case 'type':
      pty.type(`${name}${keys.enter}`);
      break;
    default:
      question satisfies never;
  }
}

/** Agrees to every question before that of a step and waits for the step's own. */
export async function guideTo(
  pty: Pty,
  step: (typeof questions)[number]['step'],
  name: string,
): Promise<(typeof questions)[number]> {
  for (const question of questions) {
    await questionOf(pty, question);
    if (question.step === step) return question;
    agree(pty, question, name);
  }
  throw new Error(`no question of ${step}`);
}

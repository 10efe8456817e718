import { Fault } from '../core/fault.ts';
import type { Answer, Question } from '../core/host.ts';

/** What a host without a person does with a question: it refuses. Silence is never consent. */
export function cannotAsk(question: Question): Promise<Answer> {
  const flag = question.kind === 'type' ? `--confirm ${question.need.token}` : '--yes';
  return Promise.reject(
    new Fault({
      code: 'consent.cannot-ask',
      message: `There is nobody to ask here (stdin and stderr are not both terminals, or asking is switched off): ${question.text}`,
      details: { question: question.code },
      next:
        question.kind === 'type' || question.kind === 'agree' || question.kind === 'continue' ? [`add ${flag}`] : [],
      exit: 'declined',
    }),
  );
}

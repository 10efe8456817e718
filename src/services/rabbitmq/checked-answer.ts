import type { z } from 'zod';
import { badAnswer } from './json-answer.ts';
import { visible } from './visible.ts';

/** The answer in the shape that it should have; a Fault `rabbitmq.bad-answer` names the first place where it has not. */
export function checkedAnswer<S extends z.ZodType>(shape: S, answer: unknown, where: string): z.output<S> {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  const found = (issue?.message ?? 'another shape')
    .replace(/^Invalid input: /, '')
    .replace('received undefined', 'and there is nothing');
  throw badAnswer(where, `${path === '' ? 'as a whole' : visible(path, 200)}: ${visible(found, 200)}`);
}

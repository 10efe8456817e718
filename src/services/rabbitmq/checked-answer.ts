import type * as z from 'zod';
import { shapeWords } from '../../core/shape-words.ts';
import { badAnswer } from './json-answer.ts';
import { visible } from './visible.ts';

/** The answer in the shape that it should have; a Fault `rabbitmq.bad-answer` names the first place where it has not. */
export function checkedAnswer<S extends z.ZodType>(shape: S, answer: unknown, where: string): z.output<S> {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw badAnswer(where, visible(shapeWords(parsed.error.issues[0]), 400));
}

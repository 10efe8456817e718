import * as z from 'zod';
import { exitCodes, type ExitName } from '../core/exit-codes.ts';

const text = z.string().trim().min(1);
const line = text.regex(/^[^\r\n]*$/u, { error: 'must be one line' });
const kebab = z.string().regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u, {
  error: 'must be lower-case words joined by hyphens, such as `vhost-back`',
});
const condition = z.string();
const risk = z.enum(['routine', 'disruptive', 'destructive']);
const unmet = z.enum(['stop', 'unverified']);
const blocking = Object.keys(exitCodes).filter((name) => name !== 'done') as [ExitName, ...ExitName[]];
const common = { id: kebab, when: condition.optional() };

/** Shapes of the front matter and its parts. Parts are `unknown` in the whole: each is checked by itself. */
export const shapes = {
  runbook: z.strictObject({
    command: z.string().regex(/^[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*){0,2}$/u, {
      error: 'must be one to three lower-case words, such as `recover vhost`',
    }),
    summary: line,
    target: line,
    examples: z.array(z.strictObject({ run: line, does: line })).optional(),
    inputs: z.record(z.string(), z.unknown()).optional(),
    'exactly-one': z.array(z.string()).min(2).optional(),
    needed: z.unknown().optional(),
    before: z.array(z.unknown()).optional(),
    steps: z.array(z.unknown()).min(1, { error: 'must have at least one step' }),
  }),
  input: z.strictObject({
    type: z.enum(['string', 'int', 'flag', 'strings', 'instant', 'place']),
    default: z
      .union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' })
      .optional(),
    required: z.boolean().optional(),
    argument: z.boolean().optional(),
    help: line,
  }),
  needed: z.strictObject({ when: condition, otherwise: text }),
  before: z.strictObject({ id: kebab, that: condition, otherwise: text, exit: z.enum(blocking).optional() }),
  do: z.strictObject({ ...common, do: text, with: z.record(z.string(), z.unknown()).optional(), risk }),
  wait: z.strictObject({
    ...common,
    wait: condition,
    every: z.string(),
    atMost: z.string(),
    otherwise: text,
    unmet: unmet.optional(),
    unless: z.strictObject({ that: condition, for: z.string(), otherwise: text, next: line }).optional(),
  }),
  check: z.strictObject({ ...common, check: condition, otherwise: text, unmet: unmet.optional() }),
  manual: z.strictObject({ ...common, manual: text, risk: risk.optional() }),
} as const;

/** What makes a step one of its kinds: exactly one of these keys. */
export const stepKinds = ['do', 'wait', 'check', 'manual'] as const;

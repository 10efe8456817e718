import * as z from 'zod';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Blocker, Plan, PlannedStep, StepDecision } from '../../core/plan.ts';
import type { ConsentNeed, ConsentToken, Risk } from '../../core/risk.ts';
import { changeSchema } from './change-schema.ts';

const strings = z.array(z.string());

/** Any JSON value. The text was parsed as JSON before, so there is nothing left to refuse. */
export const jsonSchema: z.ZodType<Json> = z.custom<Json>((value) => value !== undefined);

/** Any JSON object. */
export const jsonObjectSchema: z.ZodType<JsonObject> = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');

const risk: z.ZodType<Risk> = z.enum(['routine', 'disruptive', 'destructive']);

const consentNeed: z.ZodType<ConsentNeed> = z.strictObject({
  token: z.custom<ConsentToken>((value) => typeof value === 'string' && value.includes(':'), 'expected verb:target'),
  typed: z.string(),
  effect: z.string(),
});

const decision: z.ZodType<StepDecision> = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('run'), why: z.string() }),
  z.strictObject({ is: z.literal('skip'), why: z.string() }),
  z.strictObject({ is: z.literal('later'), why: z.string(), dependsOn: strings }),
]);

const blocker: z.ZodType<Blocker> = z.strictObject({
  code: z.string(),
  message: z.string(),
  items: strings,
  remedies: z.array(z.strictObject({ flag: z.string(), input: z.string(), value: jsonSchema, label: z.string() })),
});

const plannedStep: z.ZodType<PlannedStep> = z.strictObject({
  id: z.string(),
  title: z.string(),
  kind: z.enum(['do', 'wait', 'check', 'manual']),
  risk,
  decision,
  settled: z.boolean(),
  verb: z.string().nullable(),
  args: jsonObjectSchema,
  changes: z.array(changeSchema),
  unchanged: strings,
  unknown: strings,
  notes: strings,
  consent: z.array(consentNeed),
  blockers: z.array(blocker),
  that: z.string().nullable(),
});

/** Shape of a plan, as plan files and a journal's first record hold it. */
export const planSchema: z.ZodType<Plan> = z.strictObject({
  format: z.literal(1),
  id: z.string().min(1),
  createdAt: z.iso.datetime({ offset: true }),
  tool: z.strictObject({ name: z.literal('esr-ops'), version: z.string() }),
  environment: z.strictObject({ name: z.string(), protected: z.boolean(), identity: z.string() }),
  command: z.string(),
  runbook: z.strictObject({ digest: z.string(), file: z.string() }),
  inputs: jsonObjectSchema,
  target: z.string(),
  facts: jsonObjectSchema,
  nothingToDo: z.string().nullable(),
  steps: z.array(plannedStep),
  digest: sha256,
  seal: sha256,
});

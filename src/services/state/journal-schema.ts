import * as z from 'zod';
import { exitCodes, type ExitName } from '../../core/exit-codes.ts';
import type { Problem } from '../../core/fault.ts';
import type { ConsentHow, JournalEntry, JournalRecord, Operator, StepOutcome } from '../../core/journal.ts';
import { changeSchema } from './change-schema.ts';
import { jsonObjectSchema, jsonSchema, planSchema } from './plan-schema.ts';

const strings = z.array(z.string());
const index = z.int().nonnegative();
const step = z.string();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');

const exit = z.enum(Object.keys(exitCodes) as [ExitName, ...ExitName[]]);

const problem: z.ZodType<Problem> = z.strictObject({
  code: z.string(),
  message: z.string(),
  where: z.exactOptional(z.string()),
  next: z.exactOptional(strings),
  details: z.exactOptional(jsonSchema),
  exit,
});

const operator: z.ZodType<Operator> = z.strictObject({ user: z.string(), host: z.string(), pid: z.int() });
const given = z.strictObject({ yes: z.boolean(), confirm: strings, did: z.record(z.string(), z.string()) });
const how: z.ZodType<ConsentHow> = z.enum(['none', 'enter', 'yes', 'typed', 'flag', 'plan', 'earlier']);
const outcome: z.ZodType<StepOutcome> = z.enum(['verified', 'unverified', 'nothing']);

/** Shape of every type of entry. Unknown properties are refused: an older program must not resume a newer one's run. */
export const journalEntrySchema: z.ZodType<JournalEntry> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('run.started'),
    format: z.literal(1),
    run: z.string(),
    plan: planSchema,
    operator,
    reason: z.string().nullable(),
    given,
    fleetLock: z.enum(['held', 'waived', 'not-configured']),
    incident: z.exactOptional(z.string()),
  }),
  z.strictObject({ type: z.literal('run.resumed'), operator, given, incident: z.exactOptional(z.string()) }),
  z.strictObject({ type: z.literal('step.skipped'), step, why: z.string() }),
  z.strictObject({ type: z.literal('step.approved'), step, changes: z.array(changeSchema), how, tokens: strings }),
  z.strictObject({ type: z.literal('change.intended'), step, index, change: changeSchema }),
  z.strictObject({
    type: z.literal('change.applied'),
    step,
    index,
    evidence: strings,
    output: jsonObjectSchema,
  }),
  z.strictObject({ type: z.literal('change.failed'), step, index, certain: z.boolean(), problem }),
  z.strictObject({
    type: z.literal('change.settled'),
    step,
    index,
    verdict: z.enum(['applied', 'not-applied', 'unknown']),
    by: z.enum(['evidence', 'operator']),
    evidence: strings,
    output: jsonObjectSchema,
  }),
  z.strictObject({
    type: z.literal('step.checked'),
    step,
    met: z.boolean(),
    facts: jsonObjectSchema,
    attempts: z.int().nonnegative(),
    next: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('manual.recorded'),
    step,
    saw: z.string(),
    how: z.enum(['typed', 'flag', 'assumed']),
  }),
  z.strictObject({ type: z.literal('step.finished'), step, outcome }),
  z.strictObject({ type: z.literal('run.interrupted'), at: z.string() }),
  z.strictObject({ type: z.literal('run.ended'), exit, summary: z.string(), problems: z.array(problem) }),
  z.strictObject({ type: z.literal('run.acknowledged'), operator, reason: z.string() }),
  z.strictObject({ type: z.literal('run.noted'), operator, text: z.string() }),
]);

/** Shape of one line of a journal. */
export const journalRecordSchema: z.ZodType<JournalRecord> = z.strictObject({
  seq: index,
  at: z.iso.datetime({ precision: 3 }),
  entry: journalEntrySchema,
  prev: sha256,
  hash: sha256,
});

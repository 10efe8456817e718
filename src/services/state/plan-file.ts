import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { planDigest, planSeal, type Plan } from '../../core/plan.ts';
import { readJson } from '../../core/read-json.ts';
import { shapeWords } from '../../core/shape-words.ts';
import { syncFolder } from './folders.ts';
import { planSchema } from './plan-schema.ts';
import { readText } from './read-bounded.ts';
import { systemErrorCode, systemErrorText } from './system-error.ts';

/** Largest plan file that is read, in bytes. */
const largest = 64 * 1024 * 1024;

/** Writes a plan (0600). An existing file is never overwritten: Fault `plan.not-written` (exit usage). */
export async function writePlanFile(path: string, plan: Plan): Promise<void> {
  try {
    const handle = await open(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      await handle.writeFile(`${JSON.stringify(plan, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(dirname(path));
  } catch (error) {
    throw new Fault({
      code: 'plan.not-written',
      message: `The plan was not written to ${path}: ${systemErrorText(error)}. Nothing was changed.`,
      where: path,
      exit: 'usage',
      next: [systemErrorCode(error) === 'EEXIST' ? 'give --out the name of a new file' : 'give --out another file'],
    });
  }
}

/**
 * Reads a plan back. Faults: `plan.unreadable` (usage: no file, not JSON, not a plan), `plan.tampered` (stale: the
 * digest does not fit what the plan says, so it is not what was shown).
 */
export async function readPlanFile(path: string): Promise<Plan> {
  let value: unknown;
  try {
    value = readJson(await readText(path, largest));
  } catch (error) {
    throw unreadable(path, error instanceof SyntaxError ? `it is not JSON: ${error.message}` : systemErrorText(error));
  }
  const shape = planSchema.safeParse(value);
  if (!shape.success) {
    const issues = shape.error.issues.slice(0, 5).map(shapeWords);
    throw unreadable(path, `it is not a plan of this version of esr-ops (${issues.join('; ')})`);
  }
  // What was parsed is used, not zod's copy: that one could lack a property.
  const plan = value as Plan;
  const seal = planSeal(plan);
  if (seal !== plan.seal || planDigest(plan) !== plan.digest) {
    throw new Fault({
      code: 'plan.tampered',
      message: `The plan in ${path} was changed after it was made: its content has the seal ${seal.slice(0, 12)}..., and it says ${plan.seal.slice(0, 12)}....`,
      where: path,
      exit: 'stale',
      next: ['make a new plan with --dry-run --out FILE'],
    });
  }
  return plan;
}

function unreadable(path: string, why: string): Fault {
  return new Fault({
    code: 'plan.unreadable',
    message: `The plan ${path} can't be used: ${why}.`,
    where: path,
    exit: 'usage',
    next: ['make a new plan with --dry-run --out FILE'],
  });
}

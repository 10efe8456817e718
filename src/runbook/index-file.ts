import { createHash } from 'node:crypto';
import { Fault } from '../core/fault.ts';
import type { Json } from '../core/json.ts';
import type { Runbook } from '../core/runbook.ts';

/** Counts up when the form of `Runbook` changes, so that an index is never read as something that it isn't. */
const format = 3;

/**
 * The checked runbooks as one JSON value, written at build time. Reading it back needs no YAML, zod or CEL:
 * conditions are in it as data.
 */
export function indexRunbooks(runbooks: readonly Runbook[]): Json {
  const data = JSON.parse(JSON.stringify(runbooks)) as Json;
  return { format, digest: digestOf(data), runbooks: data };
}

/** Reads an index back. A Fault `runbook.index` when it is of another version, or not as it was written. */
export function readIndex(index: Json): readonly Runbook[] {
  if (index === null || typeof index !== 'object' || Array.isArray(index)) throw damaged('it is not a JSON object');
  const { format: found, digest, runbooks } = index as Readonly<Record<string, Json>>;
  if (found !== format) throw damaged(`its format is ${JSON.stringify(found ?? null)}, not ${format}`);
  if (runbooks === undefined || digestOf(runbooks) !== digest) throw damaged('it was changed after it was built');
  return runbooks as unknown as readonly Runbook[];
}

/** As the file has it, in its own order: every start of the program pays for this. */
function digestOf(runbooks: Json): string {
  return createHash('sha256').update(JSON.stringify(runbooks)).digest('hex');
}

function damaged(why: string): Fault {
  return new Fault({
    code: 'runbook.index',
    message: `The index of the built-in runbooks can't be used: ${why}.`,
    next: ['npm run build', 'or install esr-ops again'],
    exit: 'usage',
  });
}

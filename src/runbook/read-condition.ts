import type { Condition } from '../core/runbook.ts';
import { readCondition } from './condition-source.ts';
import type { Faults } from './faults.ts';
import type { FrontMatter, Path } from './front-matter.ts';
import type { Scope } from './scope.ts';

/** Reads the condition at a path of the front matter; null when it had faults (all of them added). */
export function conditionAt(
  source: string,
  path: Path,
  scope: Scope,
  front: FrontMatter,
  faults: Faults,
): Condition | null {
  const reading = readCondition(source, scope);
  if ('faults' in reading) {
    for (const { code, start, end, message } of reading.faults)
      faults.add(code, front.within(path, start, end), message);
    return null;
  }
  return { source, where: faults.where(front.within(path, 0, 1)), facts: reading.facts, ast: reading.ast };
}

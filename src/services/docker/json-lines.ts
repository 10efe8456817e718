import { Fault } from '../../core/fault.ts';
import type { JsonObject } from '../../core/json.ts';
import { readJson } from '../../core/read-json.ts';
import { beginningOf } from '../../core/shortened.ts';

/** What the client printed with `--format '{{json .}}'`: an object a line. A Fault `docker.bad-answer` for anything else. */
export function jsonLines(where: string, what: string, stdout: string): readonly JsonObject[] {
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      try {
        const value = readJson(line);
        if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
      } catch {
        // Said below.
      }
      throw badDockerAnswer(where, what, `is not JSON: ${beginningOf(line, 200)}`);
    });
}

/** The Fault for an answer that the Docker client does not give; `why` goes on from "the answer". */
export function badDockerAnswer(where: string, what: string, why: string): Fault {
  return new Fault({
    code: 'docker.bad-answer',
    message: `On ${where}: the answer of ${what} ${why}.`,
    where,
    next: ['see whether the configured program is the Docker client'],
    details: { sent: false },
    exit: 'failed',
  });
}

/** A text, or an empty one in the place of anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An object, or an empty one in the place of anything else. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

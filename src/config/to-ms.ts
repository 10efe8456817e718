import { parseDuration } from '../core/duration.ts';
import type { DurationFile } from './schema.ts';

/** Milliseconds of a duration as the file has it. */
export function toMs(file: DurationFile | undefined, otherwise: number): number {
  if (file === undefined) return otherwise;
  return typeof file === 'number' ? file : (parseDuration(file) ?? otherwise);
}

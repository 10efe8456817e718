import type { RootCause } from './causes.ts';
import type { Finding } from './finding.ts';
import type { Implication } from './implications.ts';
import type { SymptomReading } from './signature.ts';

/** What is wrong with the interface. Causes come before consequences. */
export interface Diagnosis {
  readonly environment: string;
  /** RFC 3339. */
  readonly at: string;
  /** The text or log that was given; null when none was. */
  readonly symptom: SymptomReading | null;
  readonly roots: readonly RootCause[];
  /** What is not wrong, and would make the next fault worse. */
  readonly advice: readonly Finding[];
  /** Parts that were looked at and are well, and those that are not configured. */
  readonly well: readonly string[];
  readonly notConfigured: readonly string[];
  /** What it means for the business, most urgent first. */
  readonly implications: readonly Implication[];
  /** Flags that a command needs to mean the same environment. */
  readonly suffix: string;
  readonly tookMs: number;
}

import type { Debrief } from './debrief.ts';
import type { EtlTruth } from './etl-truth.ts';
import type { JsonObject } from './json.ts';
import type { ReplayExpectation } from './replay-preview.ts';
import type { Scenario } from './scenario.ts';

/** Messages of labs and rehearsals, with the truth at their end. */
export interface RehearsalMessages {
  'lab.said': { readonly text: string };
  'lab.shown': { readonly labs: readonly JsonObject[] };
  /** What can be rehearsed. */
  'scenarios.listed': { readonly scenarios: readonly Scenario[] };
  /** What the engineer is told first. `suffix`: flags that mean the broken environment. `leftOut`: faults that can't be had here. */
  'rehearsal.alerted': {
    readonly scenario: string;
    readonly alert: Scenario['alert'];
    readonly environment: string;
    readonly suffix: string;
    readonly incident: string;
    readonly auto: boolean;
    readonly leftOut: readonly { readonly fault: string; readonly why: string }[];
  };
  /** `hint` null: all of them were given. */
  'rehearsal.hinted': { readonly hint: string | null; readonly position: number; readonly of: number };
  'rehearsal.debriefed': { readonly debrief: Debrief };
  'truth.told': {
    readonly published: number;
    readonly confirmed: number;
    readonly delivered: number;
    readonly lost: number;
    readonly deliveredTwice: number;
    readonly inQueues: number;
    readonly why: string;
  };
  /** The same for the ETL, from what its program wrote down. */
  'etl-truth.told': EtlTruth;
  /** The same for the changes of CDC. `predicted`: what the run had journalled; null when it replayed nothing. */
  'cdc-truth.told': {
    /** What captured the changes: Maxwell with its version, or the stand-in and why. */
    readonly by: string;
    readonly made: number;
    readonly delivered: number;
    readonly lost: number;
    readonly deliveredTwice: number;
    readonly predicted: ReplayExpectation | null;
    /** Whether `deliveredTwice` is within what was predicted; without a replay: whether nothing came twice. */
    readonly asPredicted: boolean;
  };
}

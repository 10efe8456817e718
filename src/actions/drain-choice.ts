import type { ActionContext } from '../core/action.ts';
import type { DrainRef } from '../core/change.ts';
import type { StepMarker } from './capture-choice.ts';

/** The drain that is named, or that an earlier step of this run makes; null when there is neither. */
export function chooseDrain(named: string | null, step: StepMarker | null, context: ActionContext): DrainRef | null {
  if (named !== null) return { from: 'id', id: named };
  if (step === null) return null;
  const id = context.outputs[step.$step]?.[step.output];
  const ahead = context.ahead.some((change) => change.kind === 'messages.drain');
  return typeof id === 'string' || ahead ? { from: 'step', step: step.$step } : null;
}

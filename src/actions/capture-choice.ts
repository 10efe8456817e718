import * as z from 'zod';
import type { ActionContext } from '../core/action.ts';
import type { Capture, CaptureRef } from '../core/capture.ts';
import type { JsonObject } from '../core/json.ts';
import { lastGood } from '../core/last-good.ts';

/** `${steps.<id>.<output>}` as the loader leaves it: the same in a plan and when it runs. */
export const stepMarker = z.object({ $step: z.string(), output: z.string() });
export type StepMarker = z.infer<typeof stepMarker>;

/** Which capture an action works from: the one named, the one that a step of this run takes, or the last good one. */
export interface CaptureChoice {
  readonly ref: CaptureRef;
  /** Null while the step that takes it has not run. */
  readonly capture: Capture | null;
}

/**
 * Chooses between `--baseline` (an id, or `last-good`), the capture that an earlier step takes, and the last good
 * one. Null when there is none of them.
 */
export async function chooseCapture(
  vhost: string,
  named: {
    readonly baseline: string | null;
    readonly step: StepMarker | null;
    /** `with` when the vhost is to be created from it: it must then be certain that its secrets open. */
    readonly secrets: 'with' | 'without';
  },
  context: ActionContext,
): Promise<CaptureChoice | null> {
  const { captures } = context.readers;
  if (named.baseline !== null && named.baseline !== 'last-good') {
    return { ref: { from: 'id', id: named.baseline }, capture: await captures.load(named.baseline, named.secrets) };
  }
  if (named.baseline === null && named.step !== null) {
    const id = outputId(context.outputs[named.step.$step], named.step.output);
    const ref: CaptureRef = { from: 'step', step: named.step.$step };
    if (id !== null) return { ref, capture: await captures.load(id, named.secrets) };
    if (context.ahead.some((change) => change.kind === 'capture.write' && change.vhost === vhost))
      return { ref, capture: null };
  }
  const good = await lastGood(captures, vhost);
  if (good === null) return null;
  const { id } = good.manifest;
  return { ref: { from: 'id', id }, capture: named.secrets === 'with' ? await captures.load(id, 'with') : good };
}

function outputId(outputs: JsonObject | undefined, name: string): string | null {
  const id = outputs?.[name];
  return typeof id === 'string' ? id : null;
}

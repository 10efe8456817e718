/** What `${…}` may name: a runbook's inputs, facts of the environment, outputs of earlier steps. */
export type Area = 'inputs' | 'env' | 'steps';

/** Whether a dotted name belongs to one of the areas. */
export function isOneOf(areas: readonly Area[], name: string): boolean {
  return areas.some((area) => name.startsWith(`${area}.`));
}

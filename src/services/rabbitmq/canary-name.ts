/** How names of canary queues and exchanges begin; nothing else on a broker may be named so. */
export const canaryPrefix = 'esr-ops.canary.';

/** Full name of a canary, given its id or its full name. */
export function canaryName(idOrName: string): string {
  return idOrName.startsWith(canaryPrefix) ? idOrName : `${canaryPrefix}${idOrName}`;
}

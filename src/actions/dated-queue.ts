import type { ActionContext } from '../core/action.ts';

/**
 * The queue that dead letters are parked in: the one that is named, or the dead-letter queue's name with the day in
 * the environment's zone, as the team names them by hand (`esr.dlq.2024.03.13`). Null when neither is given.
 */
export function datedQueue(into: string | null, queue: string | null, context: ActionContext): string | null {
  if (into !== null || queue === null) return into;
  const { timezone: timeZone } = context.environment;
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return `${queue}.${format.format(context.readers.clock.now()).replaceAll('-', '.')}`;
}

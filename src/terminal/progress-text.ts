import type { Progress } from '../core/host.ts';
import { duration } from './times.ts';

const number = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A count with separators: `12,400`. */
function count(value: number): string {
  return number.format(value);
}

/** One line on how work is getting on: what, how far, how fast, how long still. Unknown parts are left out. */
export function progressText(progress: Progress, now: number): string {
  const spent = Math.max(0, now - progress.sinceMs);
  const { done, total, unit, label } = progress;
  if (done === null) return `${label}, for ${duration(spent)}`;
  const far = total === null ? `${count(done)} ${unit}` : `${count(done)} of ${count(total)} ${unit}`;
  const rate = spent >= 1000 && done > 0 ? done / (spent / 1000) : null;
  const speed = rate === null ? [] : [`${rate >= 10 ? count(rate) : rate.toFixed(1)}/s`];
  const left =
    rate === null || total === null || total <= done ? [] : [`about ${duration(leftMs(total - done, rate))} left`];
  return [`${label}: ${far}`, ...speed, ...left].join(', ');
}

/** Whole seconds: an estimate with decimals would claim too much. */
function leftMs(todo: number, rate: number): number {
  return Math.ceil(todo / rate) * 1000;
}

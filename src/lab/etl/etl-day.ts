/**
 * A zone in which it is now between 15:40 and 16:40, whatever the time here: a lab's day is then that of the incident,
 * with the runs of the night and of 15:30 behind it, and those of 17:30 and 20:00 ahead.
 */
export function labZone(nowMs: number): string {
  const now = new Date(nowMs);
  const hour = now.getUTCMinutes() < 40 ? 16 : 15;
  const ahead = (hour - now.getUTCHours() + 24) % 24;
  const offset = ahead > 12 ? ahead - 24 : ahead;
  // These names count westwards.
  return offset === 0 ? 'Etc/GMT' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
}

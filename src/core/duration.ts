const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of `500ms`, `5s`, `10m` or `1h`; null when it isn't a duration of more than nothing and up to 24 hours. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,6})(ms|s|m|h)$/u.exec(text);
  if (match === null) return null;
  const ms = Number(match[1]) * units[match[2] as keyof typeof units];
  return ms > 0 && ms <= 24 * units.h ? ms : null;
}

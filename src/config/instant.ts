import { Temporal } from 'temporal-polyfill';
import { Fault } from '../core/fault.ts';
import { visible } from '../core/visible.ts';
import { zoneNamed } from './zone.ts';

/** A moment that was typed, with how it was understood. */
export interface Instant {
  /** Milliseconds since the epoch; fractions of a millisecond are cut off. */
  readonly epochMs: number;
  /** `2026-03-29T00:30:00Z`: in UTC, with milliseconds only where there are any. */
  readonly utc: string;
  /** The same moment in the environment's zone: `2026-03-29 00:30:00 +00:00 Europe/London`. */
  readonly local: string;
  /** Both, for a screen. */
  readonly shown: string;
  /** How it was written. `bare` had no zone and must be confirmed. */
  readonly written: 'offset' | 'zone' | 'relative' | 'bare';
  /** Later than now: nothing that already happened can be meant. */
  readonly inFuture: boolean;
}

/** What is needed to understand a time. The machine's own zone never matters. */
export interface InstantContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** IANA zone of the environment. */
  readonly timezone: string;
  /** Whether a time without a zone is taken in `timezone`: at a prompt, where it is shown and confirmed. */
  readonly allowBareLocal: boolean;
}

const date = String.raw`(\d{4}-\d{2}-\d{2})`;
const time = String.raw`([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?`;
const patterns = {
  offset: new RegExp(`^${date}[Tt ]${time}([Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$`),
  zone: new RegExp(`^(${date}[Tt ]${time}) +([A-Za-z][A-Za-z0-9_+/-]*)$`),
  local: new RegExp(`^${date}[Tt ]${time}$`),
  time: new RegExp(`^${time}$`),
  relative: /^(?:\d{1,6} ?(?:d|h|m|s) ?){1,4} ?ago$/,
};

/**
 * Understands a time: RFC 3339 with an offset, a local time with its zone (`2026-03-22T06:25 Europe/London`), or how
 * long ago (`1d 3h ago`; a day is 24 hours). Where `allowBareLocal`, also a local time alone, and `06:25`: the last
 * one that has been. Faults (exit usage): `instant.malformed`, `instant.no-zone`, `instant.unknown-zone`,
 * `instant.ambiguous` and `instant.non-existent` (around clock changes, with both readings).
 */
export function parseInstant(text: string, context: InstantContext): Instant {
  const typed = text.trim();
  if (patterns.offset.test(typed)) return instantOf(offsetTime(typed), 'offset', context);
  if (patterns.relative.test(typed)) return instantOf(relativeTime(typed, context.now), 'relative', context);
  const zoned = patterns.zone.exec(typed);
  if (zoned !== null) {
    const [, local = ''] = zoned;
    return instantOf(zonedTime(typed, plain(typed, local), knownZone(typed, zoned.at(-1) ?? '')), 'zone', context);
  }
  const isTime = patterns.time.test(typed);
  if (!isTime && !patterns.local.test(typed)) throw malformed(typed, context);
  const local = isTime ? lastLocal(typed, context) : plain(typed, typed);
  if (!context.allowBareLocal) throw noZone(typed, local, context);
  return instantOf(zonedTime(typed, local, context.timezone), 'bare', context);
}

function offsetTime(typed: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(typed.toUpperCase());
  } catch {
    throw noSuchDate(typed);
  }
}

function relativeTime(typed: string, now: number): Temporal.Instant {
  const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;
  const parts = [...typed.matchAll(/(\d+) ?([dhms])/g)];
  if (new Set(parts.map(([, , unit]) => unit)).size !== parts.length)
    throw usage('malformed', `\`${visible(typed)}\` names a unit twice.`, ['write it as 1d 3h ago']);
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0);
  return Temporal.Instant.fromEpochMilliseconds(now - ms);
}

function plain(typed: string, local: string): Temporal.PlainDateTime {
  try {
    return Temporal.PlainDateTime.from(local.toUpperCase(), { overflow: 'reject' });
  } catch {
    throw noSuchDate(typed);
  }
}

/** The last time of that reading that is not in the future. */
function lastLocal(typed: string, { now, timezone }: InstantContext): Temporal.PlainDateTime {
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDateTime();
  const today = here.toPlainDate().toPlainDateTime(Temporal.PlainTime.from(typed));
  return Temporal.PlainDateTime.compare(today, here) > 0 ? today.subtract({ days: 1 }) : today;
}

function knownZone(typed: string, name: string): string {
  const zone = zoneNamed(name);
  if (zone !== null) return zone;
  throw usage('unknown-zone', `\`${visible(typed)}\` names no time zone that is known: \`${visible(name)}\`.`, [
    'name the place: Europe/London, or write an offset: +01:00',
  ]);
}

function zonedTime(typed: string, local: Temporal.PlainDateTime, zone: string): Temporal.Instant {
  const earlier = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = local.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return earlier.toInstant();
  const readings = [earlier, later].map((one) => `${one.toPlainDateTime().toString()}${one.offset}`);
  const [first, second] = readings;
  if (earlier.toPlainDateTime().equals(local)) {
    throw usage(
      'ambiguous',
      `\`${visible(typed)}\` happened twice in ${zone}, when the clocks went back: ${first ?? ''} and ${second ?? ''}.`,
      readings.map((reading) => `write ${reading}`),
    );
  }
  throw usage(
    'non-existent',
    `\`${visible(typed)}\` never was in ${zone}, because the clocks went forward: it could mean ${first ?? ''} or ${second ?? ''}.`,
    readings.map((reading) => `write ${reading}`),
  );
}

function instantOf(moment: Temporal.Instant, written: Instant['written'], context: InstantContext): Instant {
  const { epochMilliseconds: epochMs } = moment;
  const exact = Temporal.Instant.fromEpochMilliseconds(epochMs);
  const utc = exact.toString();
  const zoned = exact.toZonedDateTimeISO(context.timezone);
  const local = `${zoned.toPlainDateTime().toString().replace('T', ' ')} ${zoned.offset} ${context.timezone}`;
  return { epochMs, utc, local, shown: `${utc} (${local})`, written, inFuture: epochMs > context.now };
}

function noZone(typed: string, local: Temporal.PlainDateTime, { timezone }: InstantContext): Fault {
  return usage('no-zone', `\`${visible(typed)}\` does not say in which time zone.`, [
    `write the zone: "${local.toString()} ${timezone}"`,
    `or the offset, such as ${local.toString()}Z for UTC`,
  ]);
}

function noSuchDate(typed: string): Fault {
  return usage('malformed', `\`${visible(typed)}\` is not a date and time that exists.`, [
    'write it as 2026-03-22T06:25:00Z',
  ]);
}

function malformed(typed: string, { now, timezone }: InstantContext): Fault {
  const example = Temporal.Instant.fromEpochMilliseconds(now - (now % 60_000));
  return usage('malformed', `\`${visible(typed.slice(0, 100))}\` is not a time that is understood.`, [
    `with an offset: ${example.toString()}`,
    `or a local time with its zone: "${example.toZonedDateTimeISO(timezone).toPlainDateTime().toString()} ${timezone}"`,
    'or how long ago: "90m ago", "1d 3h ago"',
  ]);
}

function usage(code: string, message: string, next: readonly string[]): Fault {
  return new Fault({ code: `instant.${code}`, message, exit: 'usage', next });
}

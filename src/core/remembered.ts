import type { Finding, Look, Since } from './finding.ts';

/** What is known of one thing from earlier looks. Times are ms since the epoch. */
export interface RememberedThing {
  /** How it was. */
  readonly is: string;
  /** The first look, of those without another in between, that saw it so. */
  readonly firstMs: number;
  /** The last look before that, which saw it otherwise; null: there was none. */
  readonly beforeMs: number | null;
  /** The last look. */
  readonly lastMs: number;
}

/** What earlier looks saw, by what was looked at. */
export interface Remembered {
  readonly version: 1;
  readonly things: Readonly<Record<string, RememberedThing>>;
}

/** What was not looked at for so long is forgotten, ms: the configuration no longer names it. */
const forgottenMs = 90 * 86_400_000;

/** What is known after this look. A part that could not be seen keeps what was known of it. */
export function remember(before: Remembered | null, looks: readonly Look[], nowMs: number): Remembered {
  const known = before?.things ?? {};
  const things: Record<string, RememberedThing> = {};
  for (const [key, thing] of Object.entries(known)) if (nowMs - thing.lastMs < forgottenMs) things[key] = thing;
  for (const look of looks) {
    if (look.state === 'unseen' || look.state === 'not-configured') continue;
    const place = keyOf(look);
    things[place] = seen(known[place], look.state === 'advice' ? 'ok' : look.state, nowMs);
    const found = new Set(look.findings.map((finding) => keyOf(look, finding)));
    for (const key of found) things[key] = seen(known[key] ?? absentBefore(known[place]), 'found', nowMs);
    for (const key of Object.keys(known))
      if (key.startsWith(`${place}\n`) && !found.has(key)) things[key] = seen(known[key], 'gone', nowMs);
  }
  return { version: 1, things };
}

/** The same looks, dated by what is remembered where they don't know better themselves. */
export function datedLooks(looks: readonly Look[], { things }: Remembered, nowMs: number): readonly Look[] {
  return looks.map((look) => ({
    ...look,
    since: better(look.since, things[keyOf(look)], nowMs),
    findings: look.findings.map((finding) => ({
      ...finding,
      since: better(finding.since, things[keyOf(look, finding)], nowMs),
    })),
  }));
}

function keyOf({ place, subject }: Look, finding?: Finding): string {
  return finding === undefined ? `${place} ${subject}` : `${place} ${subject}\n${finding.code}`;
}

function seen(before: RememberedThing | undefined, is: string, nowMs: number): RememberedThing {
  if (before?.is === is) return { ...before, lastMs: nowMs };
  return { is, firstMs: nowMs, beforeMs: before?.lastMs ?? null, lastMs: nowMs };
}

/** A finding that no look had before was absent at the last look at its place. */
function absentBefore(place: RememberedThing | undefined): RememberedThing | undefined {
  return place === undefined ? undefined : { ...place, is: 'gone' };
}

/** What the component itself says is best; then the narrower of what a capture and what earlier looks say. */
function better(own: Since | null, thing: RememberedThing | undefined, nowMs: number): Since | null {
  if (own?.how === 'since' || thing === undefined) return own;
  const { firstMs, beforeMs } = thing;
  // It was still well after we had seen it so: it came, went, and came again in between.
  if (own?.how === 'after' && own.ms >= firstMs) return own;
  if (firstMs < nowMs) return { ms: firstMs, how: 'before' };
  if (beforeMs === null || (own !== null && own.ms >= beforeMs)) return own;
  return { ms: beforeMs, how: 'after' };
}

/**
 * A time zone's name as the system spells it, or null for one that isn't known. Short names other than UTC and GMT
 * are not taken: BST is British Summer Time to one program and Bangladesh Standard Time to another.
 */
export function zoneNamed(name: string): string | null {
  if (/^(UTC|GMT)$/i.test(name)) return 'UTC';
  if (!name.includes('/')) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

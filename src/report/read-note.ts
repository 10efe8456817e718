/** Parts of a post-mortem that no journal can know: a note that begins with one of these words and a colon fills it. */
export const noteSections = [
  'summary',
  'impact',
  'non-technical',
  'trigger',
  'detection',
  'resolution',
  'root cause',
  'action',
  'went well',
  'went wrong',
  'lucky',
  'lesson',
] as const;

export type NoteSection = (typeof noteSections)[number];

/** A remark that somebody added to a run. */
export interface ReadNote {
  /** Null: only part of the timeline. */
  readonly section: NoteSection | null;
  readonly text: string;
  /** Time that it is about: its own `at TIME:`, else when it was added. RFC 3339, UTC. */
  readonly at: string;
  /** Who does it, of an action: `action (NAME): …`. */
  readonly owner: string | null;
}

const section = new RegExp(`^(${noteSections.join('|')})s?(?:\\s*\\(([^()]{1,80})\\))?\\s*:\\s*(.+)$`, 'isu');
const dated = /^at\s+(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))\s*[:,]?\s+(.+)$/isu;

/** Reads a note: `detection: at 2026-03-22T07:26Z 406 in the alerts channel`. Whatever has no such form is kept as it is. */
export function readNote(note: string, addedAt: string): ReadNote {
  const [, word, owner, rest] = section.exec(note.trim()) ?? [];
  const words = rest ?? note.trim();
  const [, time = '', about] = dated.exec(words) ?? [];
  const meant = new Date(time);
  const known = about !== undefined && !Number.isNaN(meant.getTime());
  return {
    section: noteSections.find((name) => name === word?.toLowerCase()) ?? null,
    text: known ? about : words,
    at: known ? meant.toISOString() : addedAt,
    owner: owner?.trim() ?? null,
  };
}

import type { JsonObject } from './json.ts';

/** Where a statement of a post-mortem comes from. */
export type SaidFrom = 'journal' | 'note';

/** A statement, or a place where one is missing: nothing is ever invented to fill it. */
export type ReportItem =
  | { readonly is: 'said'; readonly text: string; readonly from: SaidFrom }
  /** `text`: what is not recorded, and how it is added. */
  | { readonly is: 'gap'; readonly text: string };

/** One moment of the timeline. */
export interface TimelineEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly run: string;
  /** `note` was said by a person, and may be about an earlier time than that of its record. */
  readonly from: SaidFrom;
  readonly text: string;
}

/** Something to do afterwards. */
export interface ActionItem {
  readonly text: string;
  /** Null: nobody is named. */
  readonly owner: string | null;
  readonly from: SaidFrom;
}

/** What goes into an archive: texts by name, in one folder, all with one time. */
export interface BundleContent {
  readonly folder: string;
  readonly files: ReadonlyMap<string, string>;
  /** Said in the manifest beside the list of files. */
  readonly about: JsonObject;
  /** Ms since the epoch. */
  readonly modifiedMs: number;
}

/** An archive that was written and read back. */
export interface WrittenBundle {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

/** A part of a post-mortem under its heading. */
export interface ReportSection {
  readonly title: string;
  readonly items: readonly ReportItem[];
}

/** A post-mortem of one or more runs, as data; `src/report` makes Markdown of it. */
export interface PostMortem {
  readonly title: string;
  /** Label of the incident, when it was asked for by that. */
  readonly incident: string | null;
  readonly runs: readonly string[];
  readonly environment: string;
  /** IANA zone of the times beside UTC. */
  readonly timezone: string;
  readonly began: string;
  readonly ended: string;
  readonly operators: readonly string[];
  readonly status: string;
  readonly summary: readonly ReportItem[];
  readonly impact: readonly ReportItem[];
  readonly sections: readonly ReportSection[];
  /** In order of time. */
  readonly timeline: readonly TimelineEntry[];
  readonly rootCauses: readonly ReportItem[];
  readonly actions: readonly ActionItem[];
  readonly lessons: readonly ReportSection[];
  readonly supporting: readonly ReportItem[];
}

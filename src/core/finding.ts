/** Parts of the interface, in the order in which data flows through them; what the tool itself left behind comes last. */
export const places = [
  'mysql',
  'maxwell',
  'broker',
  'exchange',
  'vhost',
  'queues',
  'esr',
  'etl',
  's3',
  'esr-ops',
] as const;

/** One of {@link places}. */
export type Place = (typeof places)[number];

/**
 * `broken`: nothing flows through here · `degraded`: something flows, not all · `unseen`: could not be looked at, so
 * nothing is claimed · `advice`: all flows, and the next fault would be worse than it has to be. Advice is no finding
 * to act on: it alone does not end a command with exit code 11.
 */
export type Severity = 'broken' | 'degraded' | 'unseen' | 'advice';

/** How sure a finding is: `certain` is what the component itself said. */
export type Confidence = 'certain' | 'likely' | 'possible';

/** A moment that a state is dated by. */
export interface Since {
  /** Ms since the epoch. */
  readonly ms: number;
  /** `since`: it began then · `after`: it was still otherwise then · `before`: it was so already then. */
  readonly how: 'since' | 'after' | 'before';
}

/** What a person does next. */
export interface NextStep {
  /** What has to be done by hand first, a sentence; null when nothing has. */
  readonly byHand: string | null;
  /** The one command to type. */
  readonly command: string;
}

/** One thing that is wrong, with all that somebody needs who does not know the component. */
export interface Finding {
  /** Stable, its place first (`vhost.down`); part of the contract with scripts. */
  readonly code: string;
  readonly place: Place;
  readonly severity: Severity;
  /** What is so, one sentence that names the thing. */
  readonly message: string;
  /** The number that matters, in words; empty when there is none. */
  readonly figure: string;
  readonly since: Since | null;
  /** What the component itself said, invisible characters written out. */
  readonly evidence: readonly string[];
  /** What that means for the interface. */
  readonly meaning: string;
  /** What can't happen until it is put right. */
  readonly blocks: readonly string[];
  readonly confidence: Confidence;
  readonly next: NextStep;
}

/** What a look at one part of the interface came to. */
export interface Look {
  readonly place: Place;
  /** What exactly was looked at: `vhost esr`, `MariaDB at db.example.org:3306`. */
  readonly subject: string;
  readonly state: 'ok' | Severity | 'not-configured';
  /** The number that matters, in words. */
  readonly figure: string;
  /** The numbers themselves, for scripts; null where one is unknown. */
  readonly figures: Readonly<Record<string, number | null>>;
  readonly since: Since | null;
  readonly findings: readonly Finding[];
  /** How long the look took, ms. */
  readonly tookMs: number;
}

const gravity: readonly Look['state'][] = ['broken', 'degraded', 'unseen', 'advice', 'ok', 'not-configured'];

/** The state of a part by its findings: the worst of them. */
export function worstOf(findings: readonly Finding[]): Look['state'] {
  return gravity.find((state) => findings.some((finding) => finding.severity === state)) ?? 'ok';
}

/** Whether somebody has to act. */
export function isToActOn(finding: Finding): boolean {
  return finding.severity !== 'advice';
}

/** Who consumes changes, and what a change that comes a second time means there. */
export interface ReplayConsumer {
  /** As people call it. */
  readonly name: string;
  /** Its queue; null when it is not named by one. */
  readonly queue: string | null;
  /** `dropped`: recognised and ignored · `harmful`: it takes effect twice · `unknown`: nobody has shown either. */
  readonly onDuplicate: 'dropped' | 'harmful' | 'unknown';
  /** More about it, for the person; empty when there is none. */
  readonly note: string;
}

/** Where the configuration does not say: what is published of the ESR interface's own services. */
export const knownConsumers: readonly ReplayConsumer[] = [
  {
    name: 'applicant records',
    queue: null,
    onDuplicate: 'dropped',
    note: 'those that were exported already are dropped; others are updated',
  },
  {
    name: 'notifications',
    queue: null,
    onDuplicate: 'unknown',
    note: 'not known to be recognised: reckon with each of them being sent twice',
  },
];

/** What a second time means there, in a sentence without its end. */
export function onDuplicateWords({ name, queue, onDuplicate, note }: ReplayConsumer): string {
  const who = queue === null || queue === name ? name : `${name} (${queue})`;
  return `${who}: ${meanings[onDuplicate]}${note === '' ? '' : `: ${note}`}`;
}

const meanings: Readonly<Record<ReplayConsumer['onDuplicate'], string>> = {
  dropped: 'a second one is dropped',
  harmful: 'a second one does harm',
  unknown: 'what a second one does is not known',
};

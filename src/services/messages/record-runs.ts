/** Records of one queue that lie one behind the other in one segment. */
export interface RecordRun {
  readonly file: string;
  /** Octet at which the first one begins, and its number. */
  readonly offset: number;
  readonly first: number;
  readonly records: number;
}

/** Collects where the records of each queue lie. They come in the order of the drain. */
export function createRunIndex(queues: number): {
  /** `offset`: of its first octet in the file. */
  add(record: {
    readonly queue: number;
    readonly file: string;
    readonly number: number;
    readonly offset: number;
  }): void;
  readonly runs: readonly (readonly RecordRun[])[];
} {
  const runs: { file: string; offset: number; first: number; records: number }[][] = Array.from(
    { length: queues },
    () => [],
  );
  return {
    runs,
    add({ queue, file, number, offset }) {
      const last = runs[queue]?.at(-1);
      if (last?.file === file && last.first + last.records === number) {
        last.records += 1;
        return;
      }
      runs[queue]?.push({ file, offset, first: number, records: 1 });
    },
  };
}

/** Where in the binlog, and the newest own heartbeat that was read up to there. */
export interface Position {
  readonly file: string;
  readonly offset: number;
  /** Milliseconds; 0 when none was read yet. */
  readonly lastHeartbeat: number;
}

/** As Maxwell writes a position into its log. */
export function positionText({ file, offset, lastHeartbeat }: Position): string {
  return `Position[BinlogPosition[${file}:${offset}], lastHeartbeat=${lastHeartbeat}]`;
}

/** Whether `one` lies behind `other`: by the number of the file, then by the offset. */
export function isNewer(one: Position, other: Position): boolean {
  const [a, b] = [fileNumber(one.file), fileNumber(other.file)];
  return a === b ? one.offset > other.offset : a > b;
}

function fileNumber(file: string): number {
  return Number(/\.(\d+)$/.exec(file)?.[1] ?? 0);
}

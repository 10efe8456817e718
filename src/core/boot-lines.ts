/** What Maxwell's log says of its start. */
export interface BootLines {
  readonly version: string;
  /** `file:offset`, or the GTID set in GTID mode. */
  readonly position: string;
  /** Milliseconds since the epoch; 0 means that it started without one. */
  readonly heartbeat: number;
  /** Row of `schemas` that it restored; null when the log does not say (it captured a new one). */
  readonly schemaId: number | null;
}

const booting = /Maxwell v(\S*) is booting(?: \([^)]*\))?, starting at (.+)$/;

/**
 * The last start in a log: "Maxwell v… is booting (…), starting at Position[BinlogPosition[…], lastHeartbeat=…]" and
 * after it "Restoring schema id …". Null when there is none.
 */
export function readBootLines(lines: readonly string[]): BootLines | null {
  const at = lines.findLastIndex((line) => booting.test(line.trimEnd()));
  const found = booting.exec((lines[at] ?? '').trimEnd());
  if (found === null) return null;
  const [, version = '', rest = ''] = found;
  const heartbeat = /lastHeartbeat=(\d+)/.exec(rest)?.[1];
  const inner = /BinlogPosition\[([^\]]*)\]/.exec(rest)?.[1] ?? rest;
  const schema = lines.slice(at).find((line) => /Restoring schema id \d+/.test(line)) ?? '';
  const schemaId = /Restoring schema id (\d+)/.exec(schema)?.[1];
  return {
    version,
    position: inner.replace(/, lastHeartbeat=\d+$/, ''),
    heartbeat: heartbeat === undefined ? 0 : Number(heartbeat),
    schemaId: schemaId === undefined ? null : Number(schemaId),
  };
}

/** Bytes of one output, up to a limit. */
export interface BoundedOutput {
  push(chunk: Uint8Array): void;
  bytes(): Uint8Array;
  readonly truncated: boolean;
}

/** Keeps the first bytes of an output and counts the rest as dropped: memory stays flat whatever a command prints. */
export function boundedOutput(limit: number): BoundedOutput {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let truncated = false;
  return {
    push(chunk) {
      const room = limit - kept;
      if (chunk.length > room) truncated = true;
      if (room <= 0) return;
      const part = chunk.subarray(0, room);
      chunks.push(part);
      kept += part.length;
    },
    bytes: () => Buffer.concat(chunks),
    get truncated() {
      return truncated;
    },
  };
}

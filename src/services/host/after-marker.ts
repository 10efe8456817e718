/** Bytes that may come before the marker (banners, what a login script prints) before they are given up as lost. */
const noiseLimit = 256 * 1024;

/** What came before the marker line, and everything after it. */
export interface AfterMarker {
  push(chunk: Uint8Array): void;
  /** What came instead of the marker, or before it. */
  noise(): string;
}

/** Passes on only what follows the first line that ends in the marker. */
export function afterMarker(marker: string, onMarker: () => void, onData: (chunk: Uint8Array) => void): AfterMarker {
  const line = Buffer.from(`${marker}\n`);
  let before: Buffer = Buffer.alloc(0);
  let found = false;
  return {
    push(chunk) {
      if (found) {
        onData(chunk);
        return;
      }
      before = Buffer.concat([before, chunk]);
      const at = before.indexOf(line);
      if (at < 0) {
        if (before.length > noiseLimit) before = before.subarray(before.length - line.length);
        return;
      }
      found = true;
      const rest = before.subarray(at + line.length);
      before = before.subarray(0, at);
      onMarker();
      if (rest.length > 0) onData(rest);
    },
    noise: () => before.toString('utf8'),
  };
}

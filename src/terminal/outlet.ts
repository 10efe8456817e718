/** A stream to write text to; the part of `process.stdout` that is used. */
export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

/** A stream that outlives its reader: once writing failed, nothing more is written and nothing is thrown. */
export interface Outlet {
  write(text: string): void;
  /** Whether the other end went away (`| head`, a closed terminal). */
  readonly broken: boolean;
  /** Resolves when all that was written has left the process, or can't any more. */
  flush(): Promise<void>;
}

/** Wraps a stream. The error listener stays, because a broken pipe is reported after the write that met it. */
export function createOutlet(stream: OutputStream): Outlet {
  let broken = false;
  let pending: Promise<void> = Promise.resolve();
  let giveUp: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const stop = (): void => {
    broken = true;
    giveUp();
  };
  stream.on('error', stop);
  stream.on('close', stop);
  return {
    write(text) {
      if (broken) return;
      const written = new Promise<void>((resolve) => {
        stream.write(text, (error) => {
          if (error) stop();
          resolve();
        });
      });
      pending = Promise.all([pending, written]).then(() => undefined);
    },
    get broken() {
      return broken;
    },
    flush: () => Promise.race([pending, gone]),
  };
}

import type { Host, Progress } from '../core/host.ts';
import type { Message } from '../core/messages.ts';
import type { Clock } from '../core/ports.ts';
import { cannotAsk } from './cannot-ask.ts';
import type { Outlet } from './outlet.ts';
import { redactDeep } from './redact-deep.ts';

const progressEveryMs = 2000;

/** Version of the JSON lines: changes when a reader of the old form would be wrong about the new one. */
const formatVersion = 1;

/**
 * JSON lines on stdout: first `{"format":1,"tool":"esr-ops","version":…}`, then one `{"at","code","payload"}` a message,
 * and `progress` at most every two seconds. Nothing else is written there.
 */
export function createJsonHost(options: {
  readonly out: Outlet;
  readonly err: Outlet;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  readonly version: string;
}): Host {
  const { out, err, clock, redact, version } = options;
  let lastProgress = -Infinity;
  const write = (record: object): void => out.write(`${toJsonLine(redactDeep(record, redact))}\n`);
  const record = (message: Message | { readonly code: 'progress'; readonly payload: Progress }): void =>
    write({ at: new Date(clock.now()).toISOString(), code: message.code, payload: message.payload });
  write({ format: formatVersion, tool: 'esr-ops', version });
  return {
    kind: 'json',
    canAsk: false,
    say: record,
    result: record,
    progress(progress) {
      const now = clock.now();
      if (progress === null || now - lastProgress < progressEveryMs) return;
      lastProgress = now;
      record({ code: 'progress', payload: progress });
    },
    ask: cannotAsk,
    async close() {
      await Promise.all([out.flush(), err.flush()]);
    },
  };
}

/** One line of JSON in which whatever a terminal would act on or hide is escaped; it parses to the same value. */
function toJsonLine(value: object): string {
  return JSON.stringify(value, (_, item: unknown): unknown =>
    item instanceof Map ? Object.fromEntries(item as Map<string, unknown>) : item,
  ).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

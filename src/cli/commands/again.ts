import { execa } from 'execa';
import { exitCodes, type ExitName } from '../../core/exit-codes.ts';
import type { JournalRecord } from '../../core/journal.ts';
import type { Message } from '../../core/messages.ts';
import type { ReplayExpectation } from '../../core/replay-preview.ts';
import type { GlobalOptions } from '../invocation.ts';

/** This program, run again as a process of its own. */
export interface Again {
  /** On the same terminal, so that it shows exactly what it shows to anybody. */
  show(args: readonly string[]): Promise<ExitName>;
  /** With `--output json`; what it said, record by record. */
  hear(args: readonly string[]): Promise<readonly Message[]>;
  /** What the newest run's own journal says that its replay would send; null when it replayed nothing. */
  predicted(): Promise<ReplayExpectation | null>;
}

/** Runs `program` with these arguments first, each time. */
export function againAt(
  [file, ...prefix]: readonly [string, ...string[]],
  first: readonly string[],
  global: GlobalOptions,
): Again {
  const hear = async (args: readonly string[]): Promise<readonly Message[]> => {
    const { stdout } = await execa(file, [...prefix, '--output', 'json', ...first, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      reject: false,
    });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Message);
  };
  return {
    hear,
    show: async (args) => {
      const output = global.output === 'json' ? ['--output', 'json'] : [];
      const colour = global.color ? [] : ['--no-color'];
      const { exitCode } = await execa(file, [...prefix, ...output, ...colour, ...first, ...args], {
        stdio: 'inherit',
        reject: false,
      });
      const name = Object.entries(exitCodes).find(([, { code }]) => code === exitCode)?.[0];
      return (name ?? 'failed') as ExitName;
    },
    predicted: async () => {
      const listed = (await hear(['runs', 'list'])).find((message) => message.code === 'runs.listed');
      const newest = listed?.payload.runs[0]?.run;
      if (newest === undefined) return null;
      const shown = (await hear(['runs', 'show', newest])).find((message) => message.code === 'run.shown');
      const records = (shown?.payload.records ?? []) as unknown as readonly JournalRecord[];
      const resets = records.flatMap(({ entry }) =>
        entry.type === 'change.intended' && entry.change.kind === 'maxwell.reset' ? [entry.change] : [],
      );
      return resets.at(-1)?.expect ?? null;
    },
  };
}

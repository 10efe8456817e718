import { execa } from 'execa';
import { exitCodes, type ExitName } from '../../core/exit-codes.ts';
import type { JournalRecord } from '../../core/journal.ts';
import type { Message } from '../../core/messages.ts';
import type { RunListing } from '../../core/ports.ts';
import type { ReplayExpectation } from '../../core/replay-preview.ts';
import type { GlobalOptions } from '../invocation.ts';

/** This program, run again as a process of its own. */
export interface Again {
  /** On the same terminal, so that it shows exactly what it shows to anybody. */
  show(args: readonly string[]): Promise<ExitName>;
  /** With `--output json`; what it said, record by record. */
  hear(args: readonly string[]): Promise<readonly Message[]>;
  /** Runs of its environment, newest first. */
  runs(): Promise<readonly RunListing[]>;
  /** What the runs' own journals say that their replays would send, all together; null when nothing was replayed. */
  predicted(): Promise<ReplayExpectation | null>;
}

/** Runs `program` with these arguments first, each time, and with these variables added to its environment. */
export function againAt(
  [file, ...prefix]: readonly [string, ...string[]],
  first: readonly string[],
  global: GlobalOptions,
  env: Readonly<Record<string, string>> = {},
): Again {
  const hear = async (args: readonly string[]): Promise<readonly Message[]> => {
    const { stdout } = await execa(file, [...prefix, '--output', 'json', ...first, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      reject: false,
      env,
    });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Message);
  };
  const runs = async (): Promise<readonly RunListing[]> =>
    (await hear(['runs', 'list'])).find((message) => message.code === 'runs.listed')?.payload.runs ?? [];
  return {
    hear,
    show: async (args) => {
      const output = global.output === 'json' ? ['--output', 'json'] : [];
      const colour = global.color ? [] : ['--no-color'];
      const { exitCode } = await execa(file, [...prefix, ...output, ...colour, ...first, ...args], {
        stdio: 'inherit',
        reject: false,
        env,
      });
      const name = Object.entries(exitCodes).find(([, { code }]) => code === exitCode)?.[0];
      return (name ?? 'failed') as ExitName;
    },
    runs,
    predicted: async () => {
      const found: ReplayExpectation[] = [];
      for (const { run } of await runs()) {
        const shown = (await hear(['runs', 'show', run])).find((message) => message.code === 'run.shown');
        const records = (shown?.payload.records ?? []) as unknown as readonly JournalRecord[];
        const resets = records.flatMap(({ entry }) =>
          entry.type === 'change.intended' && entry.change.kind === 'maxwell.reset' ? [entry.change.expect] : [],
        );
        found.push(...resets);
      }
      return found.reduce<ReplayExpectation | null>((all, one) => (all === null ? one : together(all, one)), null);
    },
  };
}

function together(a: ReplayExpectation, b: ReplayExpectation): ReplayExpectation {
  const sum = (what: 'twice' | 'never') => ({
    atLeast: a[what].atLeast + b[what].atLeast,
    atMost: a[what].atMost + b[what].atMost,
  });
  return { rows: a.rows + b.rows, twice: sum('twice'), never: sum('never') };
}

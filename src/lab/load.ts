import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { labMarker, startOwned, type OwnedProcess } from './owned-process.ts';
import type { ConsumerConfig } from './programs/consumer.ts';
import type { PublisherConfig } from './programs/publisher.ts';

/** From where a load program is started. */
export interface ProgramPlace {
  /** argv of this program up to the hidden command: `[node, /…/esr-ops.mjs]`. */
  readonly program: readonly string[];
  readonly labId: string;
  /** Folder for the programs' own messages. */
  readonly dir: string;
}

/** What to start, and from where. */
export interface LoadOptions extends ProgramPlace {
  readonly publisher: PublisherConfig;
  readonly consumer: ConsumerConfig;
}

/** Services that publish and consume all the time, each a process of its own. */
export interface Load {
  pids(): readonly number[];
  /** Holds all publishing and acknowledging, connections kept; resolves when nothing moves any more. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends both, the publisher first and with its confirms awaited. */
  stop(): Promise<void>;
  /** Ends only what makes, so that what was made can still arrive. */
  stopMaking(): Promise<void>;
}

/** Starts the publisher and the consumer. They connect when they can. */
export function startLoad(options: LoadOptions): Promise<Load> {
  return startPrograms(options, [
    ['consumer', options.consumer],
    ['publisher', options.publisher],
  ]);
}

/** Starts load programs by name in this order; they are frozen and stopped in the opposite one: what makes comes last. */
export async function startPrograms(
  options: ProgramPlace,
  programs: readonly (readonly [name: string, config: object])[],
): Promise<Load> {
  const started: Awaited<ReturnType<typeof startProgram>>[] = [];
  for (const [name, config] of programs) started.push(await startProgram(options, name, config));
  const makersFirst = [...started].reverse();
  return {
    pids: () => started.map(({ process }) => process.pid),
    freeze: async () => {
      for (const one of makersFirst) await one.tell('freeze');
    },
    thaw: async () => {
      for (const one of started) await one.tell('thaw');
    },
    stop: async () => {
      for (const one of makersFirst) await stopProgram(one);
    },
    stopMaking: async () => {
      for (const one of makersFirst.slice(0, 1)) await stopProgram(one);
    },
  };
}

async function stopProgram(program: Awaited<ReturnType<typeof startProgram>>): Promise<void> {
  const { process } = program;
  if (!process.isAlive()) return;
  await program.tell('stop').catch(() => undefined);
  process.pipes?.input.end();
  // It ends by itself once it has settled; the signal means nothing, the limit after it does.
  await process.end('SIGCONT', 8_000);
}

async function startProgram(
  { program, labId, dir }: ProgramPlace,
  name: string,
  config: object,
): Promise<{ readonly process: OwnedProcess; tell(command: string): Promise<void> }> {
  const [file = '', ...args] = program;
  const started = await startOwned({
    labId,
    file,
    args: [...args, 'lab-program', name],
    env: { [labMarker]: labId },
    cwd: dir,
    log: join(dir, `${name}.log`),
    piped: true,
  });
  const { pipes } = started;
  if (pipes === undefined) throw new Error('a load program without pipes');
  const waiting = new Map<string, () => void>();
  createInterface({ input: pipes.output }).on('line', (line) => {
    waiting.get(line)?.();
    waiting.delete(line);
  });
  pipes.input.write(`${JSON.stringify(config)}\n`);
  return {
    process: started,
    tell: async (command) => {
      const answered = new Promise<'answered'>((resolve) => {
        waiting.set(command, () => {
          resolve('answered');
        });
      });
      pipes.input.write(`${command}\n`);
      if ((await Promise.race([answered, started.ended])) !== 'answered') {
        throw new Fault({
          code: 'lab.program-ended',
          message: `The lab's ${name} ended before it could ${command}; its messages are in ${join(dir, `${name}.log`)}.`,
          exit: 'failed',
        });
      }
    },
  };
}

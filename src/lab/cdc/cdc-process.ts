import { closeSync, openSync, writeSync } from 'node:fs';
import { startOwned, type OwnedProcess } from '../owned-process.ts';
import type { MaxwellProgram } from './find-maxwell.ts';

/** What the process is started with each time. */
export interface CdcProcessOptions {
  readonly labId: string;
  readonly program: MaxwellProgram;
  /** Its `config.properties`, read anew at each start. */
  readonly properties: string;
  /** File that gets what it says. */
  readonly log: string;
  readonly cwd: string;
}

/** How the process is. */
export type CdcState =
  | { readonly state: 'running'; readonly pid: number }
  /** `ended` is undefined when it was never started: else the code or signal that it ended with. */
  | { readonly state: 'stopped'; readonly ended: string | undefined };

/** Change data capture as the lab's supervisor controls it: started and stopped on request, never by itself. */
export interface CdcProcess {
  state(): CdcState;
  /** Starts it; one that runs stays. */
  start(): Promise<void>;
  /** Asks it to end (SIGTERM), which makes it store its position, and waits. Nothing to do when it is stopped. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** Milliseconds for an orderly end: Maxwell itself gives up after ten seconds. */
const patience = 20_000;

/** Makes the control of a process that is not started yet. */
export function cdcProcess({ labId, program, properties, log, cwd }: CdcProcessOptions): CdcProcess {
  let running: OwnedProcess | undefined;
  let ended: string | undefined;
  const append = (text: string): void => {
    const file = openSync(log, 'a', 0o600);
    writeSync(file, text);
    closeSync(file);
  };
  const note = (text: string): void => {
    append(`${text}\n`);
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    await running?.end(signal, patience);
  };
  return {
    state: () => (running?.isAlive() === true ? { state: 'running', pid: running.pid } : { state: 'stopped', ended }),
    start: async () => {
      if (running?.isAlive() === true) return;
      const [file, ...args] = program.argv;
      note(`--- ${new Date().toISOString()} lab starts ${program.label}`);
      const standIn = program.kind === 'stand-in';
      const started = await startOwned({
        labId,
        file,
        args: standIn ? args : [...args, '--config', properties],
        cwd,
        log,
        piped: standIn,
      });
      running = started;
      started.pipes?.output.on('data', (chunk: Buffer) => {
        append(chunk.toString('utf8'));
      });
      started.pipes?.input.write(`${JSON.stringify({ properties })}\n`);
      void started.ended.then(({ code, signal }) => {
        ended = signal ?? String(code);
        note(`--- ${new Date().toISOString()} ${program.label} ended (${ended})`);
      });
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

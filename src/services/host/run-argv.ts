import type { Argv, CommandOptions } from '../../core/host-machine.ts';
import { Fault } from '../../core/fault.ts';

/** How a command ended, its output as bytes. */
export interface RawResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly truncated: boolean;
}

/** How one argv is run, and what its failure would mean. */
export interface RunOptions extends CommandOptions {
  /** Whether it may change something: then an unknown end is an unknown outcome. */
  readonly mayChange: boolean;
}

/** The one thing that machines differ in: how an argv is run there. Throws Faults as HostReader says. */
export type RunArgv = (argv: Argv, options: RunOptions) => Promise<RawResult>;

/** Bytes kept of each output when nothing else is said. */
export const defaultMaxOutput = 8 * 1024 * 1024;

/** Why a command that had started has no known end. */
export type CutShort = 'timeout' | 'stopped' | 'dropped';

/** The Fault for a command of which it is not known whether, or how far, it was carried out. */
export function cutShort(host: string, argv: Argv, why: CutShort, options: RunOptions, evidence = ''): Fault {
  const happened = {
    timeout: `did not end within ${options.timeoutMs} ms and was given up`,
    stopped: 'was stopped before its end',
    dropped: 'was under way when the connection broke',
  }[why];
  return new Fault({
    code: `host.${why}`,
    message: `On ${host}: ${argv[0]} ${happened}. ${
      options.mayChange ? 'What it did until then, or still does, is not known.' : 'It only reads: nothing was changed.'
    }`,
    where: host,
    next: options.mayChange ? ['look at the machine before the command is run again'] : ['try again'],
    details: { sent: options.mayChange, ...(evidence === '' ? {} : { evidence }) },
    exit: options.mayChange ? 'unknown' : 'unreachable',
  });
}

/** The Fault for a program that the machine does not have: nothing was run. */
export function noProgram(host: string, argv: Argv): Fault {
  return new Fault({
    code: 'host.no-program',
    message: `On ${host}: there is no program ${JSON.stringify(argv[0])} that could be run.`,
    where: host,
    next: [`install it on ${host}, or correct its name in the configuration`],
    details: { sent: false },
    exit: 'unreachable',
  });
}

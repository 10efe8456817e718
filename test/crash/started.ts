import { spawn } from 'node:child_process';
import { until } from '../../src/lab/until.ts';
import { programFile, type TestEnvironment } from '../support/program.ts';
import type { Ended } from '../support/program.ts';

/** A run of the program that is still going on. */
export interface Started {
  readonly pid: number;
  readonly ended: Promise<Omit<Ended, 'lines'>>;
  /** Waits until it has said this on stderr. */
  said(text: string): Promise<void>;
  kill(signal: 'SIGINT' | 'SIGKILL'): void;
}

/** Starts the program without a terminal and does not wait for it. */
export function startOps(args: readonly string[], { env }: TestEnvironment): Started {
  const child = spawn(process.execPath, [programFile(), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece: Buffer) => (said.stdout += piece.toString('utf8')));
  child.stderr.on('data', (piece: Buffer) => (said.stderr += piece.toString('utf8')));
  const ended = new Promise<Omit<Ended, 'lines'>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ ...said, exitCode: code ?? (signal === 'SIGKILL' ? 137 : -1) });
    });
  });
  const heard = async (text: string): Promise<void> => {
    await until(`the program to say ${text}`, () => said.stderr.includes(text), { atMostMs: 60_000, everyMs: 20 });
  };
  return { pid: child.pid ?? -1, ended, said: heard, kill: (signal) => void child.kill(signal) };
}

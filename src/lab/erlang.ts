import { execa } from 'execa';
import { Fault } from '../core/fault.ts';

/** All that another process needs to evaluate Erlang in a lab's broker. Plain data, without secrets in it. */
export interface ErlangChannel {
  /** `name@localhost`. */
  readonly node: string;
  /** HOME of the node; its cookie file is there (mode 0400). */
  readonly home: string;
  readonly epmdPort: number;
}

/** An Erlang binary literal for any text, non-ASCII included. */
export function erlangBinary(text: string): string {
  return `<<${[...Buffer.from(text, 'utf8')].join(',')}>>`;
}

/**
 * Evaluates expressions in the broker's own runtime and returns the last value as Erlang prints it. Takes a few
 * milliseconds: `erl_call` is a small C program that comes with erlang-base, unlike `rabbitmqctl`, which starts a
 * whole virtual machine. The text goes in on stdin and must end with a full stop.
 */
export async function evaluateErlang(channel: ErlangChannel, expressions: string): Promise<string> {
  const call = await execa('erl_call', ['-R', '-n', channel.node, '-e'], {
    input: `${expressions}\n`,
    env: { HOME: channel.home, ERL_EPMD_PORT: String(channel.epmdPort) },
    reject: false,
    timeout: 30_000,
  });
  const value = /^\{ok, ([\s\S]*)\}\s*$/.exec(call.stdout)?.[1];
  if (value === undefined) {
    throw new Fault({
      code: 'lab.erlang-failed',
      message: `The broker ${channel.node} did not evaluate an expression: ${call.stdout || call.stderr || call.shortMessage || 'no answer'}`,
      exit: 'failed',
    });
  }
  return value;
}

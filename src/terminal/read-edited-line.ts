import { Writable } from 'node:stream';
import type { LineAnswer } from './ask.ts';
import { createPromptInput } from './prompt-input.ts';
import type { Terminal } from './terminal.ts';

/** One line with editing keys. Ctrl-C is `interrupted`; Ctrl-D, even after some text, and a hang-up are `closed`. */
export async function readEditedLine(terminal: Terminal, prompt: string, hangUp: AbortSignal): Promise<LineAnswer> {
  const { style } = terminal;
  const { default: inquirer } = await import('inquirer');
  const ended = new AbortController();
  const signal = AbortSignal.any([hangUp, ended.signal]);
  const onKey = (_: unknown, key: { readonly ctrl?: boolean; readonly name?: string } | undefined): void => {
    if (key?.ctrl === true && key.name === 'd') ended.abort();
  };
  const input = createPromptInput(terminal.stdin);
  input.stream.on('keypress', onKey);
  try {
    const ask = inquirer.createPromptModule({ input: input.stream, output: promptOutput(terminal), signal });
    const answers: { readonly line: string } = await ask<{ line: string }>([
      { type: 'input', name: 'line', message: prompt, theme: themeOf(style) },
    ]);
    return { kind: 'line', text: answers.line };
  } catch (error) {
    if (signal.aborted) return { kind: 'closed' };
    if (error instanceof Error && error.name === 'ExitPromptError') return { kind: 'interrupted' };
    throw error;
  } finally {
    input.close();
  }
}

/** The prompt's own stream: survives a closed terminal, and isn't ended with the prompt. */
function promptOutput({ stderr, outlet }: Terminal): NodeJS.WritableStream {
  const output = new Writable({
    decodeStrings: false,
    write(chunk: Buffer | string, _, done) {
      outlet.write(chunk.toString());
      done();
    },
  });
  return Object.defineProperties(output, {
    isTTY: { value: true },
    columns: { get: () => stderr.columns ?? 80 },
  });
}

function themeOf(style: Terminal['style']): object {
  return {
    prefix: { idle: style.paint('command', '?'), done: style.paint('faint', '?') },
    style: {
      message: (text: string) => text,
      answer: (text: string) => text,
      error: (text: string) => text,
      defaultAnswer: (text: string) => text,
    },
  };
}

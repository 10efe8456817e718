import type { GlobalOptions, MessagesOptions, RunOptions } from './invocation.ts';

/** Gathers a repeatable option's values in order. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** A whole number from 0 on; NaN for anything else, which the command refuses with its flag. */
export function wholeNumber(value: string): number {
  const parsed = Number(value);
  return Number.isSafeInteger(parsed) && parsed >= 0 ? parsed : Number.NaN;
}

/** What was given of the options that every command takes. */
export function globalOptions(options: Record<string, unknown>): GlobalOptions {
  return {
    config: textOr(options['config']),
    env: textOr(options['env']),
    stateDir: textOr(options['stateDir']),
    output: options['output'] === 'json' ? 'json' : 'text',
    color: options['color'] !== false,
    input: options['input'] !== false,
    runbooks: texts(options['runbooks']),
  };
}

/** What was given of the options of commands that can change something. */
export function readRunOptions(options: Record<string, unknown>): RunOptions {
  return {
    dryRun: options['dryRun'] === true,
    out: textOr(options['out']),
    detailedExitcode: options['detailedExitcode'] === true,
    yes: options['yes'] === true,
    confirm: texts(options['confirm']),
    did: texts(options['did']),
    reason: wordsOr(options['reason']),
    incident: textOr(options['incident']),
    fleetLock: options['fleetLock'] !== false,
  };
}

/** A text that is not empty, or null. */
export function textOr(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Which messages were asked for. */
export function messagesOptions(options: Record<string, unknown>): MessagesOptions {
  return {
    queue: textOr(options['queue']),
    messageId: textOr(options['messageId']),
    header: textOr(options['header']),
    body: textOr(options['body']),
    form: options['count'] === true ? 'count' : options['jsonl'] === true ? 'jsonl' : 'list',
    limit: typeof options['limit'] === 'number' ? options['limit'] : 20,
    showBodies: options['showBodies'] === true,
  };
}

/** A reason that says nothing is none. */
export function wordsOr(value: unknown): string | null {
  const text = textOr(value);
  return text === null || !/[^\s\p{C}]/u.test(text) ? null : text;
}

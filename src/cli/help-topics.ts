import { exitCodes } from '../core/exit-codes.ts';

/** A topic of `esr-ops help <topic>`. */
export interface HelpTopic {
  readonly name: string;
  readonly title: string;
  readonly body: () => string;
}

/** Every help topic. Text only: no command is run and no server asked. */
export const helpTopics: readonly HelpTopic[] = [
  { name: 'exit-codes', title: 'Exit codes', body: exitCodeTable },
  {
    name: 'consent',
    title: 'Consent',
    body: () => `A step has one of three risks.

  routine      goes on with Enter, or with --yes
  disruptive   asks y/N, or --yes
  destructive  wants the target's name typed, or its token: --confirm recreate:esr

--yes never covers a destructive effect, and a token covers only what it names. Every
default answer is no; end of input, Ctrl-C and a closed terminal are no. Without a
terminal nothing is asked: what is missing is named and the exit code is 3, before
anything was changed. The same command with --dry-run prints the tokens that it needs.

Environments with "protected: true" also want --reason.`,
  },
  {
    name: 'config',
    title: 'Configuration',
    body: () => `One YAML file: --config FILE, $ESR_OPS_CONFIG, or ~/.config/esr-ops/config.yaml.

  esr-ops config schema   its JSON Schema, for editors
  esr-ops config show     as it was understood, secrets masked
  esr-ops config check    validate it and try each connection, reading only

Secrets are never in it: { env: NAME }, { file: PATH } or { command: [argv] }.`,
  },
  {
    name: 'files',
    title: 'Files',
    body: () => `State is in $XDG_STATE_HOME/esr-ops (~/.local/state/esr-ops), or --state-dir. Files are 0600.

  <env>/runs/<run>/journal.jsonl   what a run did, synced before and after each effect
  <env>/captures/<id>/             captures; manifest.json lists files, sizes and sha256
  labs/<name>/                     a lab that is up`,
  },
  {
    name: 'times',
    title: 'Times',
    body: () => `Times are shown in UTC, with Europe/London beside.

  2026-03-22T06:25:00Z             with an offset
  2026-03-22T06:25 Europe/London   a local time with its zone
  90m ago                          relative

A bare 06:25 is taken at a prompt only, in the environment's zone, and confirmed.
Local times that a clock change makes ambiguous or skips are refused with both readings.`,
  },
];

function exitCodeTable(): string {
  return Object.entries(exitCodes)
    .map(([name, { code, meaning }]) => `${String(code).padStart(4)}  ${name.padEnd(12)} ${meaning}`)
    .join('\n');
}

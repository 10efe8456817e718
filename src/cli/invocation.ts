import type { Runbook } from '../core/runbook.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config: string | null;
  readonly env: string | null;
  readonly stateDir: string | null;
  readonly output: 'text' | 'json';
  readonly color: boolean;
  readonly input: boolean;
  readonly runbooks: readonly string[];
}

/** Options of commands that can change something. */
export interface RunOptions {
  readonly dryRun: boolean;
  /** File that the plan is kept in. */
  readonly out: string | null;
  readonly detailedExitcode: boolean;
  readonly yes: boolean;
  readonly confirm: readonly string[];
  /** `step=what was seen`. */
  readonly did: readonly string[];
  readonly reason: string | null;
  /** Label of the incident that the run belongs to, as given: checked when the run begins. */
  readonly incident: string | null;
  readonly fleetLock: boolean;
}

/** Which runs are written up, and into what. */
export interface ReportOptions {
  readonly runs: readonly string[];
  readonly incident: string | null;
  /** File of the archive; null: the post-mortem on standard output. */
  readonly bundle: string | null;
  readonly force: boolean;
}

/** Which messages of a drain, and how they are shown. */
export interface MessagesOptions {
  readonly queue: string | null;
  readonly messageId: string | null;
  /** `name=value` */
  readonly header: string | null;
  /** `/json/pointer=value` */
  readonly body: string | null;
  readonly form: 'list' | 'count' | 'jsonl';
  readonly limit: number;
  readonly showBodies: boolean;
}

/** How the interface is looked at. */
export interface StatusOptions {
  /** Parts to look at; empty: all. */
  readonly only: readonly string[];
  /** Print nothing when all is well. */
  readonly quiet: boolean;
  /** Longest look at one part, such as `5s`; null: the command's own limit. */
  readonly timeout: string | null;
}

/** What is to be diagnosed. */
export interface DiagnoseOptions {
  /** Text of an alert or error. */
  readonly symptom: string | null;
  /** File of a log; `-`: standard input. */
  readonly log: string | null;
  readonly timeout: string | null;
}

/** How something is rehearsed. */
export interface RehearseOptions {
  /** A fault in the place of the scenario's own. */
  readonly fault: string | null;
  readonly auto: boolean;
  /** Name of the lab; null: `default` for an engineer, one that nobody else has for an unattended one. */
  readonly name: string | null;
  readonly incident: string | null;
  /** File for the post-mortem. */
  readonly report: string | null;
  /** Parts of the lab to do without. */
  readonly without: readonly string[];
}

/** What the command line asked for: data, carried out by the composition root. */
export type Invocation =
  | {
      readonly is: 'run';
      readonly runbook: Runbook;
      readonly raw: Readonly<Record<string, unknown>>;
      readonly options: RunOptions;
    }
  | { readonly is: 'apply'; readonly file: string; readonly options: RunOptions }
  | { readonly is: 'resume'; readonly run: string | null; readonly options: RunOptions }
  | { readonly is: 'runs.list' }
  | { readonly is: 'runs.show'; readonly run: string }
  | { readonly is: 'runs.ack'; readonly run: string; readonly reason: string | null }
  | { readonly is: 'runs.note'; readonly run: string; readonly text: string }
  | { readonly is: 'runs.purge'; readonly keep: number; readonly olderThanDays: number; readonly yes: boolean }
  /** `date`: a day; `csv`: a file, or - for standard output. */
  | { readonly is: 'reconcile'; readonly date: string | null; readonly csv: string | null; readonly force: boolean }
  | { readonly is: 'report'; readonly options: ReportOptions }
  | { readonly is: 'runbook.list' }
  | { readonly is: 'runbook.show'; readonly command: string; readonly as: 'text' | 'checklist' }
  | { readonly is: 'runbook.lint'; readonly paths: readonly string[] }
  /** `vhost` null: the environment's own. */
  | { readonly is: 'vhost.captures'; readonly vhost: string | null }
  | { readonly is: 'vhost.drains' }
  | { readonly is: 'vhost.messages'; readonly drain: string; readonly options: MessagesOptions }
  | { readonly is: 'maxwell.locate'; readonly at: string | null; readonly gtid: string | null }
  /** `from`: a time, FILE:POS or a GTID set; `until`: a time, or null for the end of the log. */
  | { readonly is: 'maxwell.preview'; readonly from: string | null; readonly until: string | null }
  | { readonly is: 'maxwell.status' }
  | { readonly is: 'status'; readonly options: StatusOptions }
  | { readonly is: 'diagnose'; readonly options: DiagnoseOptions }
  | { readonly is: 's3.check'; readonly date: string | null; readonly loadType: string | null; readonly csv: boolean }
  | { readonly is: 'notify'; readonly verb: 'test' | 'flush' | 'status' }
  | { readonly is: 'config.show' }
  | { readonly is: 'config.check' }
  | { readonly is: 'config.schema' }
  | { readonly is: 'config.example' }
  | { readonly is: 'schedule'; readonly at: string | null; readonly since: string | null }
  | { readonly is: 'etl.list' }
  | { readonly is: 'etl.status'; readonly loadType: string | null; readonly date: string | null }
  | { readonly is: 'etl.explain'; readonly name: string }
  /** A component, a load type, or what people call one. */
  | { readonly is: 'explain'; readonly name: string }
  | { readonly is: 'help'; readonly topic: string }
  | { readonly is: 'completion'; readonly shell: string }
  | {
      readonly is: 'lab';
      readonly verb: 'up' | 'down' | 'status' | 'break' | 'heal' | 'reboot-broker' | 'restart-docker' | 'cdc';
      readonly name: string;
      readonly fault: string | null;
      /** `lab up --cdc`: with change data capture. */
      readonly cdc: boolean;
      /** `lab up --docker`: with a Docker engine and services in containers. */
      readonly docker: boolean;
      readonly etl: boolean;
      /** `lab cdc ACTION`. */
      readonly action: string | null;
      /** `lab cdc logs LINES`: what a configuration's command for the log gets as its last argument; NaN when it is no number. */
      readonly lines: number | null;
    }
  | {
      readonly is: 'rehearse';
      readonly scenario: string | null;
      readonly options: RehearseOptions;
    }
  /** From another shell, while a rehearsal waits. `name`: its lab. */
  | { readonly is: 'rehearse.aside'; readonly verb: 'hint' | 'end'; readonly name: string };

/** A parsed command line. */
export interface CommandLine {
  readonly global: GlobalOptions;
  readonly invocation: Invocation;
}

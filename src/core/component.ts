import type { Argv } from './host-machine.ts';

/** A part of the interface: what it is, what it is not, and how it is looked at and started from here. */
export interface Component {
  /** Key in the configuration: `esr`, `esr-etl`. */
  readonly name: string;
  /** Other names that people, alerts and dashboards use for it. A name that two components share is ambiguous. */
  readonly aliases: readonly string[];
  /** One or two sentences: what it does, and for whom. */
  readonly is: string;
  /** What it is taken for and is not, a sentence each ("not ESR-ETL, which …"). */
  readonly isNot: readonly string[];
  /** Who is asked about it. */
  readonly owner: string;
  /** A name of the configuration's `hosts`; null: this machine. */
  readonly host: string | null;
  readonly control: ComponentControl;
  /** How it is made anew when it is gone; null: a person has to. */
  readonly recreate: ComponentRecreate | null;
  /** What says that it works, not merely that it is up; null: nothing does, and a start then stays unverified. */
  readonly health: ComponentHealth | null;
  readonly log: ComponentLog;
  /** Ms from the order to stop until it is killed. Default 30,000. */
  readonly stopGraceMs: number;
  /** Ms in which its log must say that it started, and its health check must pass. Default 180,000. */
  readonly startLimitMs: number;
  /** Names of the components that it needs. */
  readonly dependsOn: readonly string[];
  /** Queues of the environment's vhost that have a consumer while it works. */
  readonly queues: readonly string[];
}

/** How it is stopped, started and looked at on its host. */
export type ComponentControl =
  | {
      readonly kind: 'container';
      readonly container: string;
      /** Docker's `--host` there, `unix:///run/docker.sock` for instance; null: what the client takes by itself. */
      readonly docker: string | null;
    }
  | { readonly kind: 'systemd'; readonly unit: string }
  | {
      readonly kind: 'commands';
      readonly start: Argv;
      /** Returns when it has ended. */
      readonly stop: Argv;
      /** Exits 0 when it runs and 3 when it does not, as LSB has it; anything else is unknown. */
      readonly status: Argv;
      /** Prints the end of its log, newest lines last; gets the number of lines as one more argument. */
      readonly logs: Argv;
    }
  /** It can't be controlled from here. */
  | { readonly kind: 'person' };

/** What is run on its host when there is nothing left to start. */
export type ComponentRecreate =
  | { readonly kind: 'command'; readonly command: Argv }
  | {
      readonly kind: 'compose';
      readonly file: string;
      readonly service: string;
      /** `--project-name`; null: Compose's own choice. */
      readonly project: string | null;
    };

/** What is asked whether it works. */
export type ComponentHealth =
  | {
      /** A GET from this machine. Where only its host reaches it, use a command. */
      readonly kind: 'http';
      readonly url: string;
      /** Default 200. */
      readonly status: number;
      /** Source of a regular expression that the body must match; null: any body. */
      readonly body: string | null;
      /** Ms for one answer. Default 5,000. */
      readonly timeoutMs: number;
    }
  | {
      /** Run on its host; works when it exits 0. It only looks. */
      readonly kind: 'command';
      readonly command: Argv;
      readonly timeoutMs: number;
    };

/** Lines of its log that mean something, as sources of regular expressions that were tried when they were loaded. */
export interface ComponentLog {
  /** Any of them: the application started. */
  readonly started: readonly string[];
  /** Any of them: it did not, and will not by itself (`Application startup failed`). */
  readonly failed: readonly string[];
}

import type { Argv } from './host-machine.ts';
import type { Json } from './json.ts';

/**
 * A load type: an ETL run by its business name, when it runs, how it is run by hand, what it leaves behind, and who
 * waits for it. Everything here is configuration: of TIS only the name `notifications-daily-load` is known.
 *
 * Templates are text with `${…}`: `${date}` (2019-10-17), `${date:YYYYMMDD}` (any of YYYY, YY, MM, DD and other
 * characters), `${loadType}`, and each parameter by its name. `$${` is a plain `${`.
 */
export interface LoadType {
  /** Key in the configuration. */
  readonly name: string;
  /** Other names that jobs, dashboards and people use for it. */
  readonly aliases: readonly string[];
  /** One or two sentences in words of the business. */
  readonly meaning: string;
  /** Whether it is an example of the shipped configuration that somebody still has to replace by what is true. */
  readonly example: boolean;
  /** Name of the component that runs it. */
  readonly component: string;
  readonly driver: LoadDriver;
  /** The date is always there, and is not one of these. */
  readonly parameters: readonly LoadParameter[];
  /** The date that a run is for when `--date` is not given, in the schedule's zone. Default today. */
  readonly defaultDate: 'today' | 'yesterday';
  /** When it runs by itself; null: only by hand. */
  readonly schedule: LoadSchedule | null;
  /** Ms that it takes on a usual day. */
  readonly usualMs: number;
  /** Ms after which a run counts as stuck, and is no longer waited for. Default 10 times the usual. */
  readonly limitMs: number;
  /** What it leaves behind; that is what proves it. */
  readonly writes: readonly LoadWrite[];
  /** Ms that the proof may take to appear after the run ended. Default 60,000. */
  readonly evidenceMs: number;
  /** Load types that read what this one writes. */
  readonly feeds: readonly string[];
  /**
   * Local time of day (`17:30`, in the schedule's zone) after which it is too late for the day whatever it feeds; null:
   * what it feeds closes when that starts.
   */
  readonly closesAt: string | null;
  readonly missed: LoadMissed;
  readonly rerun: LoadRerun;
  readonly log: LoadLog;
  /** How a run of it that somebody else started is noticed; null: only those that esr-ops started are. */
  readonly busy: LoadBusy | null;
}

/** When a load type runs by itself. */
export interface LoadSchedule {
  /** Five fields of cron. */
  readonly cron: string;
  /** IANA zone. Default: the environment's. */
  readonly zone: string;
}

/** How it is run by hand. `host` is a name of the configuration's `hosts`; null: its component's. */
export type LoadDriver =
  | {
      /**
       * A container of its own, named after load type and date. It is kept when it has ended, so that its end can be read
       * at any time, until the next run for the same date takes its place.
       */
      readonly kind: 'docker-run';
      readonly image: string;
      /** Options of `docker run` before the image (`--network`, `--env-file`), as templates. */
      readonly options: readonly string[];
      readonly args: readonly LoadArgument[];
      readonly host: string | null;
      /** Docker's `--host` there; null: its component's, or what the client takes by itself. */
      readonly docker: string | null;
    }
  | {
      /** Starts a container that is there already and ends by itself; it takes no arguments. */
      readonly kind: 'docker-start';
      readonly container: string;
      readonly host: string | null;
      readonly docker: string | null;
    }
  | {
      /** A program on a host, kept running there when the connection drops. */
      readonly kind: 'argv';
      readonly program: string;
      readonly args: readonly LoadArgument[];
      readonly host: string | null;
    }
  | {
      /** A command message to a component that is running, confirmed by the broker and routed. */
      readonly kind: 'publish';
      /** Null: the environment's. */
      readonly vhost: string | null;
      /** Empty: the default exchange, whose routing key is a queue's name. */
      readonly exchange: string;
      /** Template. */
      readonly routingKey: string;
      /** Text is a template; anything else is sent as JSON, with each text in it as a template. */
      readonly body: Json;
      readonly contentType: string;
      /** Values are templates. */
      readonly headers: Readonly<Record<string, string>>;
      /** One message for each Local Office that is asked for, with `${office}`; otherwise one in all. */
      readonly perOffice: boolean;
    };

/** One or more arguments of a program. With `when`, only there when that parameter has a value. */
export interface LoadArgument {
  readonly when: string | null;
  /** Templates. */
  readonly words: readonly string[];
}

/** A parameter of a run, given as `--param name=value`. */
export interface LoadParameter {
  readonly name: string;
  /** `deanery` is one of the environment's Local Offices. */
  readonly type: 'date' | 'deanery' | 'text' | 'integer' | 'enum';
  /** Values of an `enum`; empty for the others. */
  readonly values: readonly string[];
  /** What it does. */
  readonly help: string;
  readonly required: boolean;
  /** Null: without a value. */
  readonly default: string | null;
}

/** What a run leaves behind. */
export type LoadWrite =
  | {
      readonly kind: 'table';
      readonly table: LoadTable;
      /** Rows that a good run writes at least, in all. Default 1. */
      readonly atLeast: number;
      /** Whether every Local Office must have rows (`all`), or any (`any`, default). */
      readonly offices: 'all' | 'any';
    }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Template of what all keys of a date begin with. */
      readonly prefix: string;
      /**
       * Template of the rest of the key, with `${office}` for the Local Office and `${seq}` or `${seq:8}` (so many
       * digits) for the number: `DE_${office}_APP_${date:YYYYMMDD}_${seq:8}.DAT`.
       */
      readonly key: string;
      /** `per-office`: one of each Local Office (default); a number: so many in all; `any`: at least one. */
      readonly expect: 'per-office' | 'any' | number;
      /** Whether the numbers of a date's files follow each other without a gap. */
      readonly contiguous: boolean;
      /** Bytes that a file has at least. Default 1. */
      readonly minBytes: number;
    }
  | {
      readonly kind: 'queue';
      /** Null: the environment's. */
      readonly vhost: string | null;
      readonly queue: string;
      /** Messages that a good run leaves at least. Default 1. */
      readonly atLeast: number;
    };

/** Where the rows of one date are found, to be counted with an account that can only read. */
export interface LoadTable {
  readonly database: string;
  readonly table: string;
  /** Column that says which date a row is for. */
  readonly date: string;
  /** What that column holds: a date; a time in UTC, or a local one of the schedule's zone (then the day's bounds count). */
  readonly holds: 'date' | 'utc' | 'local';
  /** Column with the Local Office; null: rows can't be told apart by it. */
  readonly office: string | null;
  /** The value of that column by Local Office, where it is not the Local Office's own code. */
  readonly officeIs: Readonly<Record<string, string>>;
  /** Columns that must have these values. */
  readonly where: Readonly<Record<string, string | number>>;
}

/** What it means that it did not run. */
export interface LoadMissed {
  /** What is lost or late, for whom. */
  readonly means: string;
  /** Load type whose next run makes it good (often its own name); null: none does, it has to be run by hand. */
  readonly coveredBy: string | null;
  /** What to do when it can't be done in time; null: nothing is known. */
  readonly instead: string | null;
}

/** What happens when it is run for a date that it has run for. */
export interface LoadRerun {
  /** `safe`: the same comes out; `twice`: what is there comes again. */
  readonly is: 'safe' | 'twice';
  /** What will be there twice, and what that does to whom; null where it is safe. */
  readonly twice: string | null;
  /** How what a part-way run left is removed first; null: not known. */
  readonly clear: string | null;
}

/** Lines of its log, as sources of regular expressions that were tried when they were loaded. */
export interface LoadLog {
  /** When there are any, one of them must have come. */
  readonly succeeded: readonly string[];
  /** Any of them: it failed, whatever its exit code. */
  readonly failed: readonly string[];
}

/** How a run that somebody else started is noticed. */
export type LoadBusy =
  /** Running containers whose names match one of these sources of regular expressions, where the driver's are. */
  | { readonly kind: 'containers'; readonly names: readonly string[] }
  /** Run where the driver's program is: exit 0: one runs; 3: none does; anything else is unknown. It only looks. */
  | { readonly kind: 'command'; readonly command: Argv };

/** The Local Offices that are known from file names of the interface; the default of `localOffices`. */
export const knownLocalOffices = [
  'EMD',
  'EOE',
  'KSS',
  'LDN',
  'MER',
  'NTH',
  'NWN',
  'OXF',
  'PEN',
  'SEV',
  'WES',
  'WMD',
  'YHD',
] as const;

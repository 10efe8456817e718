import type { CdcSettings } from './cdc-config.ts';
import type { Component } from './component.ts';
import type { DockerSettings } from './docker-settings.ts';
import type { ReconcileSettings } from './reconcile.ts';
import type { HostReach } from './host-machine.ts';
import type { LoadType } from './load-type.ts';
import type { ReplayConsumer } from './replay-consumers.ts';
import type { NotifySettings } from './notice.ts';
import type { S3Settings } from './ports-s3.ts';

/** Where a secret comes from; resolved when first needed and never printed. */
export type SecretRef =
  | { readonly env: string }
  | { readonly file: string }
  /** First line of the command's standard output. An argv array: no shell. */
  | { readonly command: readonly [string, ...string[]] };

/** TLS settings of one service. Verification can't be switched off; a private authority is named with `ca`. */
export interface TlsSettings {
  /** PEM file with the authorities to trust instead of the system's. */
  readonly ca?: string;
  /** Name to verify instead of the host's. */
  readonly serverName?: string;
}

/** One environment of the configuration, checked and with defaults filled in. */
export interface Environment {
  readonly name: string;
  readonly description: string;
  /** Protected environments also want `--reason`. Default false. */
  readonly protected: boolean;
  /** IANA zone in which a bare local time at a prompt is meant. Default Europe/London. */
  readonly timezone: string;
  readonly rabbitmq: RabbitmqSettings | null;
  readonly mysql: MysqlSettings | null;
  /** Machines by the name that other sections call them; `local`, this machine, is always there and not in here. */
  readonly hosts: Readonly<Record<string, HostReach>>;
  /** Docker engines that are not as `dockerDefaults` says, by the host that each is on. */
  readonly docker: Readonly<Record<string, DockerSettings>>;
  readonly capture: CaptureSettings;
  /**
   * Change data capture of this environment: `manual` is stopped and started by a person when a runbook asks;
   * `none` there is none; settings when it can be controlled from here. Default manual: forgetting it loses or doubles
   * changes.
   */
  readonly cdc: 'manual' | 'none' | ControlledCdc;
  /**
   * How messages of CDC are told from others when drained messages are put back: the exchange that it publishes to
   * (default maxwell) and the property of the JSON body with seconds since the epoch (default Maxwell's `ts`).
   */
  readonly cdcMessages: { readonly exchange: string; readonly timestamp: string };
  /** Codes of the Local Offices, in the order of the configuration. Default: the 13 known ones. */
  readonly localOffices: readonly string[];
  /** The parts of the interface, in the order of the configuration. */
  readonly components: readonly Component[];
  /** The ETL runs, in the order of the configuration. */
  readonly loadTypes: readonly LoadType[];
  /** The bucket that files for ESR go through; null where the configuration names none. */
  readonly s3: S3Settings | null;
  /** Whom to tell of runs; without channels nobody is told. */
  readonly notify: NotifySettings;
  /** What `reconcile` compares; null: it is not configured. */
  readonly reconcile: ReconcileSettings | null;
  /** Extra runbook folders. */
  readonly runbooks: readonly string[];
}

export interface RabbitmqSettings {
  /** Base URL of the management API, without credentials. */
  readonly management: string;
  /** `amqp://host:port` or `amqps://host:port`, without credentials and vhost. */
  readonly amqp: string;
  readonly user: string;
  readonly password: SecretRef;
  /** Default of the commands' `--vhost`. */
  readonly vhost: string;
  readonly tls: TlsSettings;
  readonly expected: ExpectedVhost;
  /** argv that reboots the broker; null where it can't be done from here. */
  readonly reboot: { readonly name: string; readonly command: readonly [string, ...string[]] } | null;
  /** Milliseconds for one answer. Default 10,000. */
  readonly timeoutMs: number;
  /** Milliseconds for a change that the broker itself may take long for (create, import). Default 300,000. */
  readonly slowTimeoutMs: number;
}

/** What belongs into the vhost: all else is foreign and blocks its recreation until it is named. */
export interface ExpectedVhost {
  /** Queue name prefixes that belong here; empty means that every queue does. */
  readonly queuePrefixes: readonly string[];
  /** User names, `*` at the end allowed; empty means that every user does. */
  readonly users: readonly string[];
  /** Consumers that a healthy vhost has; used when there is no good capture of it running. */
  readonly consumers: number | null;
  /**
   * Foreign items whose owners agreed beforehand, as `--foreign` names them (`queue:NAME`, `user:NAME`); they are
   * still shown in every plan.
   */
  readonly neighbours: readonly string[];
  /** Exchanges that must have at least one binding, such as CDC's. */
  readonly exchanges: readonly string[];
}

export interface MysqlSettings {
  readonly host: string;
  readonly port: number;
  /** An account that can only read; it also holds the fleet lock (GET_LOCK needs no privilege). */
  readonly user: string;
  readonly password: SecretRef;
  readonly tls: TlsSettings | null;
  readonly timeoutMs: number;
}

/** A Maxwell that can be stopped, started, looked at and set back from here. */
export interface ControlledCdc extends CdcSettings {
  /** The account that may write Maxwell's `positions`, and nothing else; on the environment's MySQL server. */
  readonly mysql: { readonly user: string; readonly password: SecretRef };
  /** How far before the wanted time a position stays that is not proven, ms. Default 600,000. */
  readonly marginMs: number;
  /** What a second time means to who consumes the changes. Default: what is published of the interface. */
  readonly consumers: readonly ReplayConsumer[];
  /** Passwords that may be written into its configuration, by the broker's user. */
  readonly brokerUsers: Readonly<Record<string, SecretRef>>;
}

export interface CaptureSettings {
  /** What happens to passwords inside parameters: encrypted with `key`, or left out. Default omit. */
  readonly secrets: 'encrypt' | 'omit';
  readonly key: SecretRef | null;
}

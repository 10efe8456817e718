import type { Argv } from './host-machine.ts';

/** Change data capture of an environment: a Maxwell, where its configuration is and how its process is controlled. */
export interface CdcSettings {
  /** Maxwell's `client_id`. Default `maxwell`. */
  readonly clientId: string;
  /** Maxwell's `schema_database`. Default `maxwell`. */
  readonly schemaDatabase: string;
  /** The exchange as it must exist before CDC starts: it declares it itself, and is refused where they differ. */
  readonly exchange: CdcExchange;
  readonly config: CdcConfigFile;
  readonly control: CdcControlSettings;
}

export interface CdcExchange {
  readonly name: string;
  /** `fanout`, `topic`, `direct`, `headers`. */
  readonly type: string;
  readonly durable: boolean;
}

/** How a configuration file is written. `service` of a compose file. */
export type CdcConfigKind =
  { readonly kind: 'properties' } | { readonly kind: 'env' } | { readonly kind: 'compose'; readonly service: string };

/** Where it is. `host` is a name of the configuration's hosts; null for this machine. */
export type CdcConfigFile = CdcConfigKind & { readonly file: string; readonly host: string | null };

/** A command that is run as it is on a host; null for this machine. Holds no secret. */
export interface HostCommand {
  readonly command: Argv;
  readonly host: string | null;
}

/**
 * How CDC's process is controlled. Commands: `status` exits 0 when it runs, 3 when it does not (as LSB has it), anything
 * else is unknown; `logs` prints the log, its newest lines last, and gets the number of lines as one more argument.
 */
export type CdcControlSettings =
  | {
      readonly start: HostCommand;
      readonly stop: HostCommand;
      readonly status: HostCommand;
      readonly logs: HostCommand;
    }
  | {
      readonly container: string;
      readonly host: string | null;
      /** Where its Docker engine listens (`docker --host`); null: where the client itself looks. */
      readonly endpoint: string | null;
    }
  | { readonly systemd: string; readonly host: string | null };

/** One effective setting of Maxwell. */
export interface CdcValue {
  readonly value: string;
  /** Where it was found, strongest first: argument, environment variable, properties file; or Maxwell's own default. */
  readonly source: 'argument' | 'variable' | 'properties' | 'default';
  /** Name of the variable or key that holds it; empty for a default. */
  readonly from: string;
  /** False when it comes from elsewhere and can't be read in the file (`${…}`). */
  readonly known: boolean;
}

/** Maxwell's settings as the file has them, by Maxwell's own names; defaults of RabbitMQ's filled in. Holds secrets. */
export interface CdcConfig {
  readonly values: ReadonlyMap<string, CdcValue>;
  /** What could make Maxwell see other values than these. */
  readonly warnings: readonly string[];
}

/** Where CDC publishes with a configuration. Holds no secret. */
export interface CdcTarget {
  /** Null when neither `rabbitmq_host` nor a URI names one: then Maxwell does not start (old versions: localhost). */
  readonly host: string | null;
  readonly port: number;
  readonly tls: boolean;
  readonly vhost: string;
  readonly user: string;
  readonly exchange: string;
  readonly type: string;
  readonly durable: boolean;
  readonly warnings: readonly string[];
}

/** Maxwell's defaults for RabbitMQ (its configuration reference; those that it always applies, a URI given or not). */
export const maxwellDefaults: Readonly<Record<string, string>> = {
  rabbitmq_user: 'guest',
  rabbitmq_pass: 'guest',
  rabbitmq_virtual_host: '/',
  rabbitmq_exchange: 'maxwell',
  rabbitmq_exchange_type: 'fanout',
  rabbitmq_exchange_durable: 'false',
};

/**
 * Where a configuration makes Maxwell publish. The URI gives host, port and TLS only as far as no setting of its own
 * does; its vhost, user and password never count: `rabbitmq_virtual_host`, `rabbitmq_user` and `rabbitmq_pass` are
 * applied after it, with their defaults when they are not set.
 */
export function effectiveTarget(config: CdcConfig): CdcTarget {
  const text = (name: string): string | null => config.values.get(name)?.value ?? null;
  const warnings = [...config.warnings];
  for (const [name, { known }] of config.values)
    if (!known && name.startsWith('rabbitmq_'))
      warnings.push(`${name} is taken from somewhere else and is not known here.`);
  const given = text('rabbitmq_uri');
  const uri = given === null ? null : readUri(given);
  if (given !== null && uri === null) warnings.push('rabbitmq_uri is not a URI that can be read.');
  const vhost = text('rabbitmq_virtual_host') ?? '/';
  const user = text('rabbitmq_user') ?? 'guest';
  if (uri?.vhost !== undefined && uri.vhost !== vhost)
    warnings.push(
      `rabbitmq_uri names the vhost ${JSON.stringify(uri.vhost)}, but Maxwell uses rabbitmq_virtual_host: ${JSON.stringify(vhost)}.`,
    );
  if (uri?.user !== undefined && uri.user !== user)
    warnings.push(
      `rabbitmq_uri names the user ${JSON.stringify(uri.user)}, but Maxwell uses rabbitmq_user: ${JSON.stringify(user)}.`,
    );
  const tls = uri?.tls === true || text('rabbitmq_use_ssl')?.toLowerCase() === 'true';
  const port = Number(text('rabbitmq_port') ?? uri?.port ?? (tls ? 5671 : 5672));
  return {
    host: text('rabbitmq_host') ?? uri?.host ?? null,
    port,
    tls,
    vhost,
    user,
    exchange: text('rabbitmq_exchange') ?? 'maxwell',
    type: text('rabbitmq_exchange_type') ?? 'fanout',
    durable: text('rabbitmq_exchange_durable')?.toLowerCase() === 'true',
    warnings,
  };
}

/** Parts of an AMQP URI that are there. Whether it holds credentials is asked too, before a user is chosen. */
export function readUri(text: string): {
  readonly tls: boolean;
  readonly host: string;
  readonly port?: number;
  readonly vhost?: string;
  readonly user?: string;
  readonly password?: string;
} | null {
  if (!/^amqps?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const { protocol, hostname, port, pathname, username, password } = new URL(text);
  try {
    return {
      tls: protocol === 'amqps:',
      host: hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      ...(pathname.length > 1 ? { vhost: decodeURIComponent(pathname.slice(1)) } : {}),
      ...(username === '' ? {} : { user: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    };
  } catch {
    return null;
  }
}

/** Everything of Maxwell's configuration that a lab sets. */
export interface MaxwellSettings {
  readonly mysql: { readonly host: string; readonly port: number; readonly user: string; readonly password: string };
  readonly broker: {
    readonly host: string;
    readonly port: number;
    readonly vhost: string;
    readonly user: string;
    readonly password: string;
  };
  readonly clientId: string;
  readonly schemaDatabase: string;
  readonly exchange: string;
}

/** Text of a `config.properties` in Maxwell's words; it holds passwords. */
export function maxwellProperties({ mysql, broker, clientId, schemaDatabase, exchange }: MaxwellSettings): string {
  return [
    '# Written for a lab.',
    'log_level=info',
    `client_id=${clientId}`,
    `schema_database=${schemaDatabase}`,
    `host=${mysql.host}`,
    `port=${mysql.port}`,
    `user=${mysql.user}`,
    `password=${mysql.password}`,
    'output_ddl=false',
    // With it each message says where it stands in the binlog.
    'output_binlog_position=true',
    'producer=rabbitmq',
    `rabbitmq_host=${broker.host}`,
    `rabbitmq_port=${broker.port}`,
    `rabbitmq_virtual_host=${broker.vhost}`,
    `rabbitmq_user=${broker.user}`,
    `rabbitmq_pass=${broker.password}`,
    `rabbitmq_exchange=${exchange}`,
    'rabbitmq_exchange_type=fanout',
    'rabbitmq_exchange_durable=true',
    'rabbitmq_message_persistent=true',
    'rabbitmq_declare_exchange=true',
    'rabbitmq_routing_key_template=%db%.%table%',
    // Its own bookkeeping is no change of TIS; older versions leave it out by themselves.
    'filter=exclude: *.*, include: tcs.*',
    '',
  ].join('\n');
}

/** The settings of such a file by name; comments and empty lines left out. */
export function readProperties(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\n')
      .map((line) => /^\s*([^#!\s=][^=\s]*)\s*=\s*(.*)$/.exec(line.trimEnd()))
      .flatMap((match): [string, string][] => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])),
  );
}

/** The text with one setting changed, all other lines kept. */
export function withProperty(text: string, name: string, value: string): string {
  return text
    .split('\n')
    .map((line) => (line.startsWith(`${name}=`) ? `${name}=${value}` : line))
    .join('\n');
}

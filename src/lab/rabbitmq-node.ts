import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { askBroker, type BrokerAccess } from './broker-http.ts';
import { evaluateErlang, type ErlangChannel } from './erlang.ts';
import { freePorts } from './free-ports.ts';
import { startOwned, type OwnedProcess } from './owned-process.ts';
import { rabbitmqServerScript } from './server-parts.ts';
import { tailOf } from './tail-of.ts';
import { until } from './until.ts';

/** What to start. */
export interface RabbitOptions {
  /** An existing private folder for everything that the node writes. */
  readonly dir: string;
  /** Marker that all its processes carry in their environment. */
  readonly labId: string;
  /** Whether the shovel plugin runs; default true. */
  readonly withShovel?: boolean;
}

/** A private broker on loopback. It dies with the process that started it. */
export interface RabbitNode extends BrokerAccess {
  /** `amqp://127.0.0.1:PORT`, without credentials and without a vhost. */
  readonly amqpUrl: string;
  readonly amqp: { readonly host: string; readonly port: number };
  /** Erlang node name, as the management API shows it. */
  readonly nodeName: string;
  readonly dir: string;
  /** What another process needs to evaluate Erlang in it. */
  readonly erlang: ErlangChannel;
  /** Process ids of the broker and of its port mapper. */
  pids(): { readonly broker: number; readonly epmd: number };
  /** Evaluates Erlang expressions (ending with a full stop) in the broker; a few milliseconds. */
  evaluate(expressions: string): Promise<string>;
  /** A real stop and start of the broker's virtual machine, data kept; resolves when it answers again. */
  restart(): Promise<void>;
  /** Ends it in order. The folder stays. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. The folder stays. */
  kill(): Promise<void>;
}

function brokerConfig(ports: { amqp: number; management: number }, user: string, password: string): string {
  // Erlang terms instead of the key = value format: the broker then skips a translation that costs a second at start.
  // The finest retention is also how often the API's numbers are brought up to date: one second instead of five.
  return `[{rabbit, [
  {tcp_listeners, [{"127.0.0.1", ${ports.amqp}}]},
  {default_user, <<"${user}">>}, {default_pass, <<"${password}">>}, {default_user_tags, [administrator]},
  {loopback_users, []},
  {collect_statistics_interval, 500},
  {disk_free_limit, 50000000}
 ]},
 {rabbitmq_management_agent, [{sample_retention_policies, [
  {global, [{605, 1}, {3660, 60}]}, {basic, [{605, 1}, {3600, 60}]}, {detailed, [{605, 1}]}]}]},
 {rabbitmq_management, [{tcp_config, [{ip, "127.0.0.1"}, {port, ${ports.management}}]}]}].
`;
}

/** Starts a private RabbitMQ node with management, federation and (by default) shovel; ready in about five seconds. */
export async function startRabbit(options: RabbitOptions): Promise<RabbitNode> {
  const { dir, labId } = options;
  const at = (name: string): string => join(dir, name);
  for (const name of ['home', 'data', 'log']) await mkdir(at(name), { mode: 0o700 });

  const ports = await freePorts(['amqp', 'management', 'epmd', 'distribution']);
  const user = 'lab-admin';
  const password = randomBytes(18).toString('base64url');
  const node = `lab-${labId}@localhost`;
  const plugins = ['rabbitmq_management', 'rabbitmq_federation'];
  if (options.withShovel !== false) plugins.push('rabbitmq_shovel');
  await writeFile(at('home/.erlang.cookie'), randomBytes(24).toString('hex'), { mode: 0o400 });
  await writeFile(at('rabbitmq.config'), brokerConfig(ports, user, password), { mode: 0o600 });
  await writeFile(at('enabled_plugins'), `[${plugins.join(',')}].\n`, { mode: 0o600 });

  const env = {
    HOME: at('home'),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: node,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.config'),
    RABBITMQ_ADVANCED_CONFIG_FILE: at('none.config'),
    RABBITMQ_CONF_ENV_FILE: at('none.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    RABBITMQ_MNESIA_BASE: at('data'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_PID_FILE: at('pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false',
    // Makes the script become the virtual machine instead of waiting for it: the kernel's death signal then reaches it.
    detached: '1',
  };
  const common = { labId, cwd: dir, env };
  const access = { managementUrl: `http://127.0.0.1:${ports.management}`, user, password };
  const erlang: ErlangChannel = { node, home: at('home'), epmdPort: ports.epmd };

  const startBroker = async (): Promise<OwnedProcess> => {
    const started = await startOwned({ ...common, file: rabbitmqServerScript, args: [], log: at('log/console.log') });
    await until(
      'the broker to answer',
      async () => {
        if (!started.isAlive()) {
          throw new Fault({
            code: 'lab.rabbitmq-did-not-start',
            message: `RabbitMQ ended while it was starting:\n${await tailOf(at('log/console.log'))}`,
            exit: 'failed',
          });
        }
        return (await askBroker(access, 'GET', '/api/whoami')).status === 200;
      },
      { atMostMs: 60_000 },
    );
    return started;
  };

  const epmd = await startOwned({
    ...common,
    file: 'epmd',
    args: ['-address', '127.0.0.1', '-port', String(ports.epmd)],
    log: at('log/epmd.log'),
  });
  let broker: OwnedProcess;
  try {
    broker = await startBroker();
  } catch (error) {
    await epmd.end('SIGTERM');
    throw error;
  }

  const stopBroker = async (): Promise<void> => {
    // A handler of this event bus asks the application controller something while that one waits for it to stop: five
    // seconds lost at each orderly stop, unless the bus is stopped first. A broker that doesn't answer just gets the signal.
    await evaluateErlang(erlang, 'supervisor:terminate_child(rabbit_sup, rabbit_event_sup).').catch(() => '');
    await broker.end('SIGTERM', 15_000);
  };
  return {
    ...access,
    amqpUrl: `amqp://127.0.0.1:${ports.amqp}`,
    amqp: { host: '127.0.0.1', port: ports.amqp },
    nodeName: node,
    dir,
    erlang,
    pids: () => ({ broker: broker.pid, epmd: epmd.pid }),
    evaluate: (expressions) => evaluateErlang(erlang, expressions),
    restart: async () => {
      await stopBroker();
      broker = await startBroker();
    },
    stop: async () => {
      await stopBroker();
      await epmd.end('SIGTERM');
    },
    kill: async () => {
      await broker.end('SIGKILL');
      await epmd.end('SIGKILL');
    },
  };
}

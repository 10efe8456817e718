import { readFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askBroker } from '../../src/lab/broker-http.ts';
import { freePorts } from '../../src/lab/free-ports.ts';
import { startOwned } from '../../src/lab/owned-process.ts';
import type { RabbitNode } from '../../src/lab/rabbitmq-node.ts';
import { rabbitmqServerScript } from '../../src/lab/server-parts.ts';
import { until } from '../../src/lab/until.ts';

/** A second node that has joined the cluster of a first one. */
export interface SecondNode {
  readonly nodeName: string;
  /** `amqp://127.0.0.1:PORT`. */
  readonly amqpUrl: string;
  kill(): Promise<void>;
}

/** Starts a node that joins the first one's cluster when it boots, as RabbitMQ's own peer discovery does; no plugins. */
export async function joinSecondNode(first: RabbitNode, labId: string, dir: string): Promise<SecondNode> {
  const at = (name: string): string => join(dir, name);
  for (const name of ['.', 'home', 'data', 'log']) await mkdir(at(name), { recursive: true, mode: 0o700 });
  const ports = await freePorts(['amqp', 'distribution']);
  const nodeName = `second-${labId}@localhost`;
  const cookie = await readFile(join(first.erlang.home, '.erlang.cookie'), 'utf8');
  await writeFile(at('home/.erlang.cookie'), cookie, { mode: 0o400 });
  await writeFile(
    at('rabbitmq.config'),
    `[{rabbit, [{tcp_listeners, [{"127.0.0.1", ${ports.amqp}}]}, {loopback_users, []}, {disk_free_limit, 50000000},
       {cluster_nodes, {['${first.nodeName}'], disc}}]}].\n`,
  );
  await writeFile(at('enabled_plugins'), '[rabbitmq_management_agent,rabbitmq_federation,rabbitmq_shovel].\n');
  const node = await startOwned({
    labId,
    cwd: dir,
    file: rabbitmqServerScript,
    args: [],
    log: at('log/console.log'),
    env: {
      HOME: at('home'),
      ERL_EPMD_PORT: String(first.erlang.epmdPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: nodeName,
      RABBITMQ_DIST_PORT: String(ports.distribution),
      RABBITMQ_CONFIG_FILE: at('rabbitmq.config'),
      RABBITMQ_ADVANCED_CONFIG_FILE: at('none.config'),
      RABBITMQ_CONF_ENV_FILE: at('none.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
      RABBITMQ_MNESIA_BASE: at('data'),
      RABBITMQ_LOG_BASE: at('log'),
      RABBITMQ_PID_FILE: at('pid'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false',
      detached: '1',
    },
  });
  const kill = (): Promise<void> => node.end('SIGKILL');
  try {
    await until(
      'the second node to join',
      async () => {
        const { body } = await askBroker(first, 'GET', '/api/vhosts/%2F');
        return (body as { cluster_state?: Record<string, string> }).cluster_state?.[nodeName] === 'running';
      },
      { atMostMs: 90_000 },
    );
  } catch (error) {
    await kill();
    throw error;
  }
  return { nodeName, amqpUrl: `amqp://127.0.0.1:${ports.amqp}`, kill };
}

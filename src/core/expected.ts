import type { Environment, ExpectedVhost } from './environment.ts';

/** What belongs into the environment's vhost, or nothing in particular where the configuration does not say. */
export function expectedVhost(environment: Environment): ExpectedVhost {
  return (
    environment.rabbitmq?.expected ?? { queuePrefixes: [], users: [], consumers: null, exchanges: [], neighbours: [] }
  );
}

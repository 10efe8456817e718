import type { RabbitAccess } from '../../src/services/rabbitmq/access.ts';
import { servers } from './servers.ts';

/** The shared broker as the product's adapters want it; parts may be replaced. */
export function rabbitAccess(change: Partial<RabbitAccess> = {}): RabbitAccess {
  const { managementUrl, amqpUrl, user, password } = servers().rabbit;
  return {
    management: managementUrl,
    amqp: amqpUrl,
    user,
    tls: {},
    timeoutMs: 5_000,
    slowTimeoutMs: 60_000,
    password: () => Promise.resolve(password),
    ...change,
  };
}

import { execa } from 'execa';
import type { Environment } from '../../core/environment.ts';
import { Fault } from '../../core/fault.ts';
import type { BrokerControl } from '../../core/ports.ts';

/** Milliseconds for the configured command to return. */
const limitMs = 300_000;

/** Reboots the broker by the environment's configured argv: never through a shell. */
export function createBrokerControl(environment: Environment): BrokerControl {
  return {
    reboot: async () => {
      const reboot = environment.rabbitmq?.reboot ?? null;
      if (reboot === null) {
        throw new Fault({
          code: 'broker.no-reboot',
          message: `Environment ${environment.name} does not say how its broker is rebooted.`,
          where: `environments.${environment.name}.rabbitmq.reboot`,
          exit: 'usage',
        });
      }
      const [file, ...args] = reboot.command;
      const result = await execa(file, args, { reject: false, timeout: limitMs, stdin: 'ignore' });
      if (result.exitCode === 0) return { evidence: [`${file} ended with exit code 0`] };
      throw new Fault({
        code: 'broker.reboot-failed',
        message: `The command that reboots the broker did not succeed: ${result.timedOut ? `it did not end within ${limitMs / 1000} s` : result.exitCode === undefined ? result.shortMessage : `exit code ${result.exitCode}`}.`,
        where: `environments.${environment.name}.rabbitmq.reboot`,
        exit: 'failed',
        details: { sent: result.exitCode !== undefined || result.timedOut },
      });
    },
  };
}

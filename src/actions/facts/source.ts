import type { FactScope } from '../../core/deciding.ts';
import type { Fact, FactDeclaration } from '../../core/facts.ts';
import { Fault } from '../../core/fault.ts';

/** A declared fact together with how it is read. */
export interface FactSource extends FactDeclaration {
  read(scope: FactScope): Promise<Fact>;
}

/** The vhost that a runbook is about: its input `vhost`. */
export function vhostOf(scope: FactScope): string {
  const { vhost } = scope.inputs as { vhost?: unknown };
  if (typeof vhost === 'string' && vhost !== '') return vhost;
  throw new Fault({
    code: 'vhost.not-named',
    message: 'No vhost was named, and the environment has no default one.',
    where: '--vhost',
    exit: 'usage',
    next: ['add --vhost NAME', `or set environments.${scope.environment.name}.rabbitmq.vhost in the configuration`],
  });
}

/** A fact whose value was read. */
export function known(value: boolean | number | string, source?: string): Fact {
  return source === undefined ? { known: true, value } : { known: true, value, source };
}

/** A fact that can't be known now, and why. */
export function unknown(why: string): Fact {
  return { known: false, why };
}

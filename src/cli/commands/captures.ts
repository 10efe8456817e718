import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import type { Composition } from '../composition.ts';

/** `vhost captures`: reading only, on this host; the broker is not asked. */
export async function listCaptures(composition: Composition, given: string | null): Promise<ExitName> {
  const environment = await composition.environment();
  const vhost = given ?? environment.rabbitmq?.vhost ?? null;
  if (vhost === null)
    throw new Fault({
      code: 'config.no-rabbitmq',
      message: `Environment ${environment.name} has no broker, so it is not known which vhost is meant.`,
      where: '--vhost',
      next: ['esr-ops vhost captures --vhost NAME'],
      exit: 'usage',
    });
  const { manifests, damaged } = await (await composition.records.captures()).list(vhost);
  composition.host.result({
    code: 'captures.listed',
    payload: { vhost, captures: manifests, damaged },
  });
  return 'done';
}

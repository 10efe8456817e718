import type { CdcLogin } from '../../core/ports-cdc.ts';
import type { RabbitAccess } from './access.ts';
import { probeAmqp } from './amqp-probe.ts';

/** Whether the broker lets a user in, tried with a connection that is closed at once. Null: the password is not known. */
export async function loginAs(
  access: RabbitAccess,
  { user, password, vhost }: { readonly user: string; readonly password: string | null; readonly vhost: string },
): Promise<CdcLogin> {
  if (password === null) return { is: 'unknown', evidence: `the password of ${user} is not in the file` };
  const { is, evidence } = await probeAmqp({ ...access, user, password: () => Promise.resolve(password) }, vhost);
  if (is === 'running') return { is: 'accepted', evidence };
  return { is: is === 'credentials-refused' || is === 'unpermitted' ? 'refused' : 'unknown', evidence };
}

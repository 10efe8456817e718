import { Fault } from '../../core/fault.ts';
import { visible } from '../../core/visible.ts';
import { mysqlIdentity, type MysqlAccess } from '../mysql/connect.ts';
import { systemErrorCode } from '../state/system-error.ts';

/** Long statements are not waited for after a stop; the connection is destroyed, and the server ends them. */
export async function orStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A question that the server refused, or did not answer, as a Fault. */
export function serverFault(error: unknown, access: MysqlAccess): Fault {
  const said = visible(error instanceof Error ? error.message : String(error));
  const denied = /^ER_.*(DENIED|ACCESS)/.test(systemErrorCode(error) ?? '');
  return new Fault({
    code: denied ? 'mysql.unauthorised' : 'mysql.unreachable',
    message: denied
      ? `${mysqlIdentity(access.settings)} refused a question: ${said}.`
      : `${mysqlIdentity(access.settings)} did not answer: ${said}.`,
    where: mysqlIdentity(access.settings),
    exit: denied ? 'usage' : 'unreachable',
    next: denied
      ? ['GRANT SELECT on the tables of reconcile.tables to the reading account']
      : ['try again; reading changes nothing'],
  });
}

import { readFile } from 'node:fs/promises';
import { Fault } from '../../core/fault.ts';
import type { RabbitmqSettings, TlsSettings } from '../../core/environment.ts';

/** What is needed to talk to a broker: the environment's settings and a way to get the password when it is needed. */
export type RabbitAccess = Pick<
  RabbitmqSettings,
  'management' | 'amqp' | 'user' | 'tls' | 'timeoutMs' | 'slowTimeoutMs'
> & {
  /** Asked once for each connection or request; the value is in no URL, message or error. */
  readonly password: () => Promise<string>;
};

/**
 * One path segment of the management API. RabbitMQ's names are any text, `/` included, and all are encoded. Only `.` and
 * `..` can't be told apart from directions, encoded or not: the broker resolves them and would act on another object.
 */
export function segment(name: string): string {
  // Half a surrogate pair is no text, and has no encoding.
  if (name === '.' || name === '..' || name === '' || !name.isWellFormed()) {
    throw new Fault({
      code: 'rabbitmq.unaddressable',
      message: `The management API can't address anything named ${JSON.stringify(name)}.`,
      next: ['use rabbitmqctl on the broker for it'],
      exit: 'usage',
    });
  }
  return encodeURIComponent(name);
}

/** Origin and path prefix of a management URL; credentials in it are left out. */
export function managementBase(access: Pick<RabbitAccess, 'management'>): { origin: string; prefix: string } {
  const url = new URL(access.management);
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}

/** Options of a verified TLS connection. `rejectUnauthorized` is said on purpose: no variable of the shell undoes it. */
export async function tlsOptions(
  tls: TlsSettings,
): Promise<{ readonly rejectUnauthorized: true; readonly ca?: string; readonly servername?: string }> {
  return {
    rejectUnauthorized: true,
    ...(tls.ca === undefined ? {} : { ca: await authorities(tls.ca) }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}

async function authorities(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Fault({
      code: 'rabbitmq.ca-unreadable',
      message: `The file with the trusted authorities can't be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}.`,
      where: file,
      next: ['correct rabbitmq.tls.ca in the configuration'],
      exit: 'usage',
    });
  }
}

/** `Authorization` header of HTTP basic authentication. */
export async function basicAuthorization(access: Pick<RabbitAccess, 'user' | 'password'>): Promise<string> {
  return `Basic ${Buffer.from(`${access.user}:${await access.password()}`, 'utf8').toString('base64')}`;
}

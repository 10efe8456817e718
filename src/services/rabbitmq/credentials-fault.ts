import { Fault } from '../../core/fault.ts';
import { reasonOf, type JsonAnswer } from './json-answer.ts';

/**
 * The fault for an answer 401, told apart by what `/api/whoami` says to the same credentials: it answers every user
 * whose password is right and who may use the management API, and names a missing tag otherwise. An administrator gets
 * a 401 too where a request needs an AMQP connection of its own and that is refused (no permission on the vhost, or a
 * connection limit of the user or the vhost).
 */
export function credentialsFault(user: string, where: string, whoami: JsonAnswer, said: string): Fault {
  const name = JSON.stringify(user);
  const reason = reasonOf(whoami.body);
  const tags = whoami.status === 200 ? tagsOf(whoami.body) : [];
  if (tags.includes('administrator')) {
    return new Fault({
      code: 'rabbitmq.access-refused',
      message: `RabbitMQ refused the administrator ${name} at ${where} (${said}): it has no permission on the vhost, or a connection limit of the user or of the vhost is reached.`,
      where,
      next: ['esr-ops config check'],
      exit: 'failed',
    });
  }
  if (whoami.status === 200 || /not management user/i.test(reason)) {
    return new Fault({
      code: 'rabbitmq.not-administrator',
      message: `RabbitMQ knows the user ${name}, but it does not have the tag administrator (tags: ${tags.join(', ') || 'none'}).`,
      where,
      next: [
        `have an administrator give it the tag: rabbitmqctl set_user_tags ${user} administrator`,
        'or set rabbitmq.user and rabbitmq.password in the configuration to an administrator',
      ],
      exit: 'usage',
    });
  }
  return new Fault({
    code: 'rabbitmq.unauthorised',
    message: `RabbitMQ refused the password of the user ${name}, or does not know the user (${reason}).`,
    where,
    next: ['check rabbitmq.user and rabbitmq.password in the configuration', 'esr-ops config check'],
    exit: 'usage',
  });
}

/** `tags` is a list from 3.9 on and one comma-separated string before. */
function tagsOf(body: unknown): readonly string[] {
  const tags = (body as { tags?: unknown } | null | undefined)?.tags;
  return (Array.isArray(tags) ? tags.map(String) : typeof tags === 'string' ? tags.split(',') : []).map((tag) =>
    tag.trim(),
  );
}

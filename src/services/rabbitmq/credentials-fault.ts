import { Fault } from '../../core/fault.ts';
import { reasonOf, type JsonAnswer } from './json-answer.ts';

/**
 * The fault for an answer 401, told apart by what `/api/whoami` says to the same credentials: it answers every user
 * whose password is right and who may use the management API, and names a missing tag otherwise.
 */
export function credentialsFault(user: string, where: string, whoami: JsonAnswer): Fault {
  const reason = reasonOf(whoami.body);
  if (whoami.status === 200 || /not management user/i.test(reason)) {
    const tags = whoami.status === 200 ? JSON.stringify((whoami.body as { tags?: unknown } | undefined)?.tags) : '[]';
    return new Fault({
      code: 'rabbitmq.not-administrator',
      message: `RabbitMQ knows the user ${JSON.stringify(user)}, but it has not the tag administrator (tags: ${tags}).`,
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
    message: `RabbitMQ refused the password of the user ${JSON.stringify(user)}, or does not know the user (${reason}).`,
    where,
    next: ['check rabbitmq.user and rabbitmq.password in the configuration', 'esr-ops config check'],
    exit: 'usage',
  });
}

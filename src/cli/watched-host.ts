import type { Host } from '../core/host.ts';
import type { Message } from '../core/messages.ts';

/** The same host, with each message also given to `see`, after it was shown. */
export function watchedHost(host: Host, see: (message: Message) => void): Host {
  return {
    ...host,
    say: (message) => {
      host.say(message);
      see(message);
    },
    result: (message) => {
      host.result(message);
      see(message);
    },
  };
}

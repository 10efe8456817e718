import { drainQueues } from '../../src/services/messages/drain-writer.ts';
import { restoreDrain } from '../../src/services/messages/restore-writer.ts';

/** A drain or a restore as a process of its own, to be killed. Its task comes on standard input. */
interface Task {
  readonly what: 'drain' | 'restore';
  readonly amqp: string;
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
  readonly dir: string;
  readonly queues: readonly string[];
  /** Messages that are unacknowledged, or unconfirmed, at most. */
  readonly window: number;
  readonly segmentBytes: number;
}

let text = '';
for await (const chunk of process.stdin) text += String(chunk);
const { what, amqp, user, password, vhost, dir, queues, window, segmentBytes } = JSON.parse(text) as Task;
const access = {
  amqp,
  management: 'http://127.0.0.1:1',
  user,
  tls: {},
  timeoutMs: 30_000,
  slowTimeoutMs: 60_000,
  password: () => Promise.resolve(password),
};
process.stdout.write('ready\n');
const outcome =
  what === 'restore'
    ? await restoreDrain({ access, vhost, dir, window })
    : await drainQueues({
        access,
        vhost,
        dir,
        queues: queues.map((name) => ({
          name,
          kind: 'classic',
          exclusive: false,
          expected: null,
          expectedBytes: null,
          deliveryLimit: null,
        })),
        reserveBytes: 0,
        segmentBytes,
        prefetch: window,
        clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
      });
process.stdout.write(`${JSON.stringify(outcome)}\n`);

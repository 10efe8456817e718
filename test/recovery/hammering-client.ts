import { execa } from 'execa';
import type { RichVhost } from './rich-vhost.ts';

/** Something that the client said. */
export interface ClientLine {
  readonly what: 'started' | 'in' | 'declared' | 'not declared' | 'refused' | 'out';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly refused: number;
  readonly why?: string;
}

/** A process of its own that tries to get into the vhost all the time. */
export interface HammeringClient {
  readonly lines: readonly ClientLine[];
  stop(): Promise<void>;
}

/** Starts it with one account; `exchange` is what it declares as a fanout that isn't durable. */
export function startHammering(
  rich: RichVhost,
  account: { readonly name: string; readonly password: string },
  exchange = 'maxwell',
): HammeringClient {
  const lines: ClientLine[] = [];
  const child = execa(process.execPath, [new URL('./hammering-client.mjs', import.meta.url).pathname], {
    env: {
      CLIENT_URL: rich.broker.amqpUrl,
      CLIENT_VHOST: rich.name,
      CLIENT_USER: account.name,
      CLIENT_PASSWORD: account.password,
      CLIENT_EXCHANGE: exchange,
    },
    reject: false,
    stdin: 'pipe',
    buffer: false,
    stderr: 'inherit',
  });
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line) as ClientLine));
  });
  return {
    lines,
    stop: async () => {
      child.stdin.end();
      await child;
    },
  };
}

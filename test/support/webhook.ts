import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A webhook as Slack has them, that answers as it is told. */
export interface TestWebhook {
  /** Its URL; the path is the secret. */
  readonly url: string;
  /** Texts that it answered with 200, in order. */
  readonly taken: string[];
  /** Every text that reached it, answered or not. */
  readonly asked: string[];
  /** How the next requests are answered, one each; after them all are taken. */
  readonly answers: ((response: ServerResponse) => void)[];
  /** Closes the port; `up` opens the same one again. */
  down(): Promise<void>;
  up(): Promise<void>;
}

/** Starts it on a free port. */
export async function startWebhook(): Promise<TestWebhook> {
  const taken: string[] = [];
  const asked: string[] = [];
  const answers: ((response: ServerResponse) => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { text } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { text: string };
      asked.push(text);
      const answer = answers.shift();
      if (answer !== undefined) {
        answer(response);
        return;
      }
      taken.push(text);
      response.end('ok');
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/services/T0/B0/s3cret-webhook-path`,
    taken,
    asked,
    answers,
    up: () => listen(port),
    down: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

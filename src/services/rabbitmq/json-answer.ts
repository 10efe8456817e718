import type { Dispatcher } from 'undici';
import { Fault } from '../../core/fault.ts';
import { readJson } from '../../core/read-json.ts';
import { visible } from './visible.ts';

/** An answer of the management API: its status and its JSON (undefined when the body is empty). */
export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A bad answer: something came from that URL, and it is not what the management API sends. */
export function badAnswer(where: string, what: string): Fault {
  return new Fault({
    code: 'rabbitmq.bad-answer',
    message: `The answer from ${where} is not the RabbitMQ management API's: ${what}.`,
    where,
    next: ['check rabbitmq.management in the configuration: a proxy, a login page or another service may answer there'],
    exit: 'failed',
  });
}

/**
 * Reads an answer whole, up to `maxBytes`, and parses it. A redirect, another content type, a body that ends early
 * or is too large is a Fault `rabbitmq.bad-answer` that says what came.
 */
export async function readJsonAnswer(
  response: Dispatcher.ResponseData,
  where: string,
  maxBytes: number,
): Promise<JsonAnswer> {
  const { statusCode: status, headers, body } = response;
  if (status >= 300 && status < 400) {
    await body.dump();
    throw badAnswer(
      where,
      `a redirect (${status}) to ${visible(withoutCredentials(String(headers['location'])), 200)}`,
    );
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop destroys the stream: the rest is not read.
    if (bytes > maxBytes) throw badAnswer(where, `it is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (bytes === 0) return { status, body: undefined };
  const raw = Buffer.concat(chunks);
  const type = String(headers['content-type'] ?? 'no content type');
  if (!/^application\/json\b/i.test(type)) {
    throw badAnswer(
      where,
      `status ${status}, ${visible(type, 80)}, beginning with "${visible(raw.toString('utf8', 0, 120), 80)}"`,
    );
  }
  try {
    return { status, body: readJson(raw.toString('utf8')) };
  } catch (error) {
    const why = error instanceof SyntaxError && error.message.includes('nested') ? error.message : 'cut off?';
    throw badAnswer(where, `status ${status}, ${bytes} bytes that are not JSON (${why})`);
  }
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}

/** The `reason` of the management API's error objects, or its whole body, on one line. */
export function reasonOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'reason' in body) {
    // Erlang terms come pretty-printed over many lines; their layout says nothing.
    const reason = typeof body.reason === 'string' ? body.reason : JSON.stringify(body.reason);
    return visible(reason.replace(/\s+/g, ' '), 1000);
  }
  return body === undefined ? 'no reason given' : visible(JSON.stringify(body), 1000);
}

import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that came through, in the order of arrival. */
export interface RecordedRequest {
  readonly method: string;
  /** Path with query, byte for byte as it was sent. */
  readonly path: string;
  /** Status of the answer; null while there is none. */
  status: number | null;
}

/** What to do with a request instead of passing it on as it is. */
export interface Interception {
  /** Sent on in place of the request's body. */
  readonly body?: Buffer;
  /** Answered at once; the server never sees the request. */
  readonly answer?: { readonly status: number; readonly body?: string };
}

/** Sees each request before it is passed on; as long as its promise is pending, the request is held. */
export type Intercept = (request: {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
}) => Promise<Interception | undefined> | Interception | undefined;

export interface RecordingProxy {
  /** `http://127.0.0.1:PORT`, in place of the server's own. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Replaces the intercept; undefined passes everything on. */
  intercept(by: Intercept | undefined): void;
  close(): Promise<void>;
}

/**
 * An HTTP proxy between the program and one server: it writes down what was asked and what was answered, and can hold,
 * change or answer single requests. A client that dies does not stop what it has sent.
 */
export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = [];
  let by: Intercept | undefined;

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = 'GET', url: path = '/' } = incoming;
    const record: RecordedRequest = { method, path, status: null };
    requests.push(record);
    const body = Buffer.concat(chunks);
    const interception = await by?.({ method, path, body });
    const answered = interception?.answer;
    if (answered !== undefined) {
      record.status = answered.status;
      outgoing.writeHead(answered.status, { 'content-type': 'application/json' }).end(answered.body ?? '');
      return;
    }
    await pass(target, incoming, interception?.body ?? body, outgoing, record);
  };

  const server = createServer((incoming, outgoing) => {
    outgoing.on('error', () => undefined);
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    intercept: (next) => {
      by = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function pass(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  record: RecordedRequest,
): Promise<void> {
  const { hostname, port } = new URL(target);
  const headers = { ...incoming.headers, host: `${hostname}:${port}` };
  delete headers['transfer-encoding'];
  delete headers.connection;
  if (body.length > 0 || incoming.headers['content-length'] !== undefined)
    headers['content-length'] = String(body.length);
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: hostname, port, method: record.method, path: record.path, headers, agent: false },
      (answer) => {
        record.status = answer.statusCode ?? 0;
        outgoing.writeHead(record.status, answer.headers);
        answer.pipe(outgoing);
        answer.on('end', resolve);
        answer.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

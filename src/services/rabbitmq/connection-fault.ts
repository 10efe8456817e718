import { Fault, type Problem } from '../../core/fault.ts';

/** Why a peer can't be talked to, in words, and whether that is a matter of TLS. */
export interface ConnectionTrouble {
  readonly code: 'rabbitmq.unreachable' | 'rabbitmq.tls';
  readonly why: string;
  readonly next: readonly string[];
}

const network: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused: nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up just now',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half-way',
  TimeoutError: 'no complete answer came in time',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the connection was closed before the answer was complete',
  UND_ERR_HEADERS_OVERFLOW: 'the answer has headers without end',
  UND_ERR_DESTROYED: 'the connection was closed',
  UND_ERR_CLOSED: 'the connection was closed',
};

const tls: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet (is this clock right?)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed, by an authority that is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
  EPROTO: 'the server does not speak TLS there (plain text?)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS there (plain text?)',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the server does not speak TLS there (plain text?)',
};

const tlsNext: Readonly<Record<string, string>> = {
  'the certificate is for another host name': 'set SECTION.tls.serverName to the name in the certificate',
  'the server does not speak TLS there (plain text?)': 'correct the scheme or the port of the URL in the configuration',
};

/**
 * Recognises errors of sockets, name resolution, TLS and time-outs; null when it is something else. `section` is the part
 * of the configuration that says how the peer is reached.
 */
export function connectionTrouble(error: unknown, section = 'rabbitmq'): ConnectionTrouble | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = (at as NodeJS.ErrnoException).code;
    for (const key of [typeof code === 'string' ? code : '', at.name]) {
      const secure = tls[key];
      if (secure !== undefined || /^ERR_(SSL|TLS)_/.test(key)) {
        const why = secure ?? `TLS failed (${key})`;
        const next = tlsNext[why] ?? 'name the authority with SECTION.tls.ca, or have the certificate renewed';
        return { code: 'rabbitmq.tls', why, next: [next.replace('SECTION', section)] };
      }
      const plain = network[key];
      if (plain !== undefined) {
        return { code: 'rabbitmq.unreachable', why: plain, next: ['esr-ops config check', 'is the VPN or tunnel up?'] };
      }
    }
    if (at instanceof AggregateError && at.errors.length > 0) return connectionTrouble(at.errors[0], section);
  }
  return null;
}

/** The fault for a trouble; `extra` adds details that a caller decides by. */
export function unreachableFault(trouble: ConnectionTrouble, where: string, extra?: Pick<Problem, 'details'>): Fault {
  return new Fault({
    code: trouble.code,
    message: `RabbitMQ can't be reached at ${where}: ${trouble.why}.`,
    where,
    next: trouble.next,
    exit: 'unreachable',
    ...extra,
  });
}

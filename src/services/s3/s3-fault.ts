import { Fault } from '../../core/fault.ts';
import { visible } from '../../core/visible.ts';
import { connectionTrouble } from '../rabbitmq/connection-fault.ts';
import { beginningOf } from '../../core/shortened.ts';

/** What was asked of which bucket, for words. */
export interface S3Request {
  readonly bucket: string;
  /** `https://host` or the region's name. */
  readonly where: string;
  readonly region: string;
  /** Null for a listing. */
  readonly key: string | null;
}

/** An answer that is no S3. `where` is added by {@link s3Fault}. */
export function badAnswer(why: string): Fault {
  return new Fault({
    code: 's3.bad-answer',
    message: `What answers is not S3: ${why}.`,
    exit: 'failed',
    next: nextOfBadAnswer,
  });
}

const nextOfBadAnswer = ['correct s3.endpoint in the configuration', 'esr-ops config check'];

interface Explained {
  readonly code: string;
  readonly message: string;
  readonly exit: 'usage' | 'failed' | 'unreachable';
  readonly next: readonly string[];
}

/** An error of the SDK, of the network or of an answer, as a Fault; anything else is given back as it is. */
export function s3Fault(error: unknown, request: S3Request): unknown {
  const where = `s3://${request.bucket}${request.key === null ? '' : `/${request.key}`} at ${request.where}`;
  if (error instanceof Fault) {
    const [first, ...others] = error.problems;
    return new Fault({ where, ...first }, ...others);
  }
  const explained = explain(error, request);
  return explained === null ? error : new Fault({ ...explained, code: `s3.${explained.code}`, where });
}

function explain(error: unknown, request: S3Request): Explained | null {
  if (!(error instanceof Error)) return null;
  // The SDK's advice to programmers comes on a line of its own.
  const said = visible(beginningOf(error.message.split('\n')[0] ?? '', 300));
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(error.name))
    return {
      code: 'no-credentials',
      message: `No credentials for S3 were found: ${said}`,
      exit: 'usage',
      next: ['set s3.credentials in the configuration, or log in: aws sso login'],
    };
  const trouble = connectionTrouble(error, 's3');
  if (trouble !== null)
    return {
      code: trouble.code === 'rabbitmq.tls' ? 'tls' : 'unreachable',
      message: `S3 can't be reached at ${request.where}: ${trouble.why}.`,
      exit: 'unreachable',
      next:
        trouble.code === 'rabbitmq.tls'
          ? [...trouble.next, 'correct s3.endpoint in the configuration']
          : ['correct s3.endpoint in the configuration', 'is the VPN or tunnel up?'],
    };
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return byName(error.name, said, request) ?? byStatus(status, error, said, request);
}

function byName(name: string, said: string, request: S3Request): Explained | null {
  const { bucket, key } = request;
  switch (name) {
    case 'NoSuchBucket':
      return {
        code: 'no-bucket',
        message: `There is no bucket ${JSON.stringify(bucket)} there.`,
        exit: 'usage',
        next: ["correct the bucket in the load type's `writes`, or s3.region or s3.endpoint", 'esr-ops config check'],
      };
    case 'NoSuchKey':
    case 'NotFound':
      return { code: 'no-key', message: `There is no object ${JSON.stringify(key)}.`, exit: 'failed', next: [] };
    case 'AccessDenied':
    case 'AllAccessDisabled':
    case 'Forbidden':
      return denied(said, request);
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'TokenRefreshRequired':
    case 'RequestExpired':
      return {
        code: 'credentials-expired',
        message: 'The credentials for S3 have expired.',
        exit: 'usage',
        next: ['log in again: aws sso login', 'or renew what s3.credentials refers to'],
      };
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
      return {
        code: 'credentials-refused',
        message: `S3 refused the credentials (${name}).`,
        exit: 'usage',
        next: ['check s3.credentials in the configuration'],
      };
    case 'RequestTimeTooSkewed':
      return {
        code: 'clock',
        message: "S3 refused the request because this machine's clock is wrong.",
        exit: 'failed',
        next: ['timedatectl'],
      };
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return {
        code: 'wrong-region',
        message: `The bucket ${JSON.stringify(bucket)} is not in region ${request.region}: ${said}`,
        exit: 'usage',
        next: ['correct s3.region in the configuration'],
      };
    default:
      return null;
  }
}

function byStatus(status: number | undefined, error: Error, said: string, request: S3Request): Explained | null {
  if (status === 403) return denied(said, request);
  if (status === 301) return byName('PermanentRedirect', said, request);
  const slow = /^(SlowDown|ServiceUnavailable|Throttling.*|RequestLimitExceeded)$/.test(error.name) || status === 503;
  if (slow)
    return {
      code: 'busy',
      message: `S3 asks to slow down and did not answer after three attempts (${error.name}).`,
      exit: 'unreachable',
      next: ['try again in a minute', 'lower s3.parallel in the configuration'],
    };
  if (status !== undefined || /deserializ|pars(e|ing)|xml|entity|unclosed|closing tag/i.test(error.message))
    return {
      code: 'bad-answer',
      message: `S3 answered ${status ?? ''} ${error.name}: ${said}`,
      exit: 'failed',
      next: nextOfBadAnswer,
    };
  return null;
}

function denied(said: string, { bucket, key }: S3Request): Explained {
  const [permission, resource] =
    key === null ? ['s3:ListBucket', `arn:aws:s3:::${bucket}`] : ['s3:GetObject', `arn:aws:s3:::${bucket}/${key}`];
  return {
    code: 'denied',
    message: `S3 denied it: the account needs ${permission} on ${resource} (${said}).`,
    exit: 'usage',
    next: [`have ${permission} on ${resource} granted to the account`],
  };
}

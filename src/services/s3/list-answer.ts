import type { Readable } from 'node:stream';
import { badAnswer } from './s3-fault.ts';

/** An answer before it is understood. */
export interface AnswerHttp {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  body: Readable;
}

/** A page of 1,000 keys of the greatest length, all of it escaped, stays well below. */
const largest = 32 * 2 ** 20;

const end = Buffer.from('</ListBucketResult>');

/**
 * The whole body of an answer to a listing. The SDK's parser is lenient: it makes an empty listing of a page of HTML
 * and a shorter one of an answer that was cut off, which here would be "files are missing" where nobody knows.
 * Faults: `s3.bad-answer`.
 */
export async function checkListAnswer({ statusCode, headers, body }: AnswerHttp): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > largest) throw badAnswer(`it has more than ${largest / 2 ** 20} MiB`);
  }
  const whole = Buffer.concat(chunks);
  const start = whole.subarray(0, 512).toString('utf8').trimStart();
  if (/^<(!doctype )?html/i.test(start) || /\bhtml\b/.test(headers['content-type'] ?? ''))
    throw badAnswer('it is a web page (a proxy or a login page between here and the server?)');
  // Another success than 200 (204 No Content) would be read as a bucket without keys.
  if (statusCode >= 200 && statusCode < 400 && statusCode !== 200 && statusCode !== 301)
    throw badAnswer(`it answered ${statusCode} to a listing`);
  if (statusCode !== 200) return whole;
  if (!/^(<\?xml[^>]*>)?\s*<ListBucketResult[\s>]/.test(start)) throw badAnswer('it is no listing');
  if (!whole.subarray(-64).toString('latin1').trimEnd().endsWith(end.toString('latin1')))
    throw badAnswer('it was cut off before its end');
  return whole;
}

/** A listing has four levels; the SDK's parser, which is recursive, would end the program at some thousands. */
const deepest = 32;

/** Throws `s3.bad-answer` for a document that is nested deeper than any of S3's. */
export function refuseDeepXml(xml: string): void {
  let depth = 0;
  for (const [, closing, selfClosing] of xml.matchAll(/<(\/?)[A-Za-z_][^<>]*?(\/?)>/g)) {
    if (closing === '/') depth -= 1;
    else if (selfClosing !== '/') depth += 1;
    if (depth > deepest) throw badAnswer(`it is nested deeper than ${deepest} levels`);
  }
}

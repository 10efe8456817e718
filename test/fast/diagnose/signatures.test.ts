import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSymptomMatcher } from '../../../src/core/match-signatures.ts';
import type { SymptomReading } from '../../../src/core/signature.ts';
import { readSignatures } from '../../../src/runbook/signatures.ts';

const file = join(import.meta.dirname, '../../../runbooks/signatures.yaml');
const signatures = readSignatures(file, await readFile(file, 'utf8'));

function read(text: string, found: readonly string[] = []): SymptomReading {
  const matcher = createSymptomMatcher(signatures);
  for (const line of text.split('\n')) matcher.line(line);
  return matcher.reading('--symptom', Buffer.byteLength(text), found);
}

describe('the built-in signatures', () => {
  it.each([
    ['#method<channel.close>(reply-code=406, reply-te...', 'amqp-406', true],
    [
      '#method<channel.close>(reply-code=406, reply-text=PRECONDITION_FAILED - unknown delivery tag 7, class-id=60)',
      'amqp-406',
      false,
    ],
    [
      "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost 'esr': received 'false' but current is 'true'",
      'amqp-406',
      false,
    ],
    [
      "connection.close reply-code=541 INTERNAL_ERROR - access to vhost '/' refused for user 'u': vhost '/' is down",
      'amqp-541',
      false,
    ],
    ['reply-code=530, reply-text=NOT_ALLOWED - vhost esr not found', 'amqp-530', false],
    [
      "reply-code=530, reply-text=NOT_ALLOWED - access to vhost 'esr' refused for user 'esr-inbound'",
      'amqp-530',
      false,
    ],
    ['java.net.SocketException: Connection reset', 'socket-exception', false],
    ['SocketException', 'socket-exception', true],
    [
      'o.s.t.CannotCreateTransactionException: Could not open JPA EntityManager for transaction',
      'cannot-create-transaction',
      false,
    ],
    ['CannotCreateTransactionException', 'cannot-create-transaction', true],
    ['org.springframework.amqp.AmqpIOException: java.io.IOException', 'amqp-io-exception', false],
    ['AmqpIOException (1)', 'amqp-io-exception', true],
    ['java.lang.IllegalStateException: Channel closed; cannot ack/nack', 'illegal-state', false],
    ['IllegalStateException', 'illegal-state', true],
    ['AmqpRejectAndDontRequeueException', 'amqp-reject', false],
    ['Application startup failed....', 'startup-failed', false],
    ['Virtual host / experienced an error on node rabbit@localhost and may be inaccessible', 'vhost-broker-log', false],
    ['Could not find first log file name in binary log index file', 'maxwell-binlog-gone', false],
    ['removal of container esr-etl is already in progress', 'docker-zombie', false],
  ])('%s', (text, id, cut) => {
    const match = read(text).matches.find((one) => one.id === id);
    expect(match).toBeDefined();
    expect(match?.cutOff !== null).toBe(cut);
  });

  it('name findings that there are', async () => {
    const folder = join(import.meta.dirname, '../../../src/probes');
    const sources = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
    const codes = [
      ...sources.join('\n').matchAll(/[`'](\$\{(?:base\.)?place\}|[a-z0-9-]+)\.([a-z0-9-]+)[`']/g),
    ].flatMap(([, place = '', code = '']) =>
      (place.startsWith('$') ? ['esr', 'etl', 's3', 'maxwell', 'vhost'] : [place]).map((at) => `${at}.${code}`),
    );
    const known = new Set([...codes, 'docker.hung', 'docker.absent']);
    const named = signatures.flatMap(({ meanings }) => meanings.flatMap(({ found }) => found));
    expect(named.filter((code) => !known.has(code) && !code.startsWith('s3.'))).toEqual([]);
  });
  it('tell by the words which meaning it is, and leave the others out', () => {
    const [match] = read('reply-code=406, reply-text=PRECONDITION_FAILED - unknown delivery tag 7').matches;
    expect(match?.meanings).toMatchObject([{ confidence: 'certain', said: 1 }]);
    const [refused] = read("530 NOT_ALLOWED - access to vhost 'a' refused for user 'b'").matches;
    expect(refused?.meanings.map(({ means }) => means)).toEqual([expect.stringContaining('no permission') as string]);
  });
  it('tell by what is found now which meaning is likely', () => {
    const [match] = read('AmqpIOException', ['vhost.down']).matches;
    expect(match?.meanings[0]).toMatchObject({ confidence: 'likely', found: ['vhost.down'] });
    expect(read('AmqpIOException').matches[0]?.meanings[0]).toMatchObject({ confidence: 'possible' });
  });
  it('see that the alert of the incident was cut off', () => {
    expect(read('Channel shutdown: channel error; (reply-code=406, reply-te...').looksCut).toBe(true);
    expect(read('all is well.').looksCut).toBe(false);
    expect(read('all is well.').matches).toEqual([]);
  });
  it('count in a log, and stay small whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 })), (lines) => {
        const reading = read(
          [
            'SocketException',
            ...lines.map((text) => text.replaceAll('\n', ' ')),
            `x${'SocketException '.repeat(500)}`,
          ].join('\n'),
        );
        expect(reading.lines).toBe(lines.length + 2);
        expect(reading.matches.every(({ first, last }) => first.text.length < 410 && last.text.length < 410)).toBe(
          true,
        );
        expect(reading.matches.find(({ id }) => id === 'socket-exception')?.last.line).toBe(lines.length + 2);
      }),
      { numRuns: 10 },
    );
  });
});

describe('a file of signatures', () => {
  const of = (text: string): string => {
    try {
      readSignatures('own.yaml', text);
      return 'right';
    } catch (error) {
      return (error as { problems: { message: string; where: string }[] }).problems
        .map(({ message, where }) => `${where} ${message}`)
        .join('\n');
    }
  };
  const one = (changes = '', meanings = '[{ means: m, look: l }]'): string =>
    `version: 1\nsignatures:\n  - id: a\n    title: t\n    matches: ['x+']\n    meanings: ${meanings}\n${changes}`;
  it.each([
    [one(), /^right$/],
    [one('  - id: a\n    title: t\n    matches: [y]\n    meanings: [{ means: m, look: l }]\n'), /own\.yaml:7.*twice/],
    [one().replace("'x+'", "'('"), /own\.yaml:5.*matches/],
    [one().replace("'x+'", "'x*'"), /matches every line/],
    [one('    whole: w\n'), /belong together/],
    [one('', '[]'), /meanings/],
    [one('', '[{ means: m, look: l, found: [nonsense] }]'), /code of a finding/],
    [one('    surprise: 1\n'), /surprise|Unrecognized/],
    ['version: 2\nsignatures: []\n', /version/],
    ['a: [', /not YAML/],
  ])('%#', (text, said) => {
    expect(of(text)).toMatch(said);
  });
});

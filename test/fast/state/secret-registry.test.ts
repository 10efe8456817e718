import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSecretRegistry } from '../../../src/core/secret-registry.ts';

const secret = fc.oneof(
  fc.string({ minLength: 8, maxLength: 40 }),
  fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }).filter((value) => value.length >= 8),
  fc.base64String({ minLength: 8, maxLength: 40 }),
);
const around = fc.string({ maxLength: 30 });

const encodings: Readonly<Record<string, (value: string, before: string, after: string) => string>> = {
  'as it is': (value, before, after) => before + value + after,
  'URL-encoded': (value, before, after) => `${before}?p=${encodeURIComponent(value)}&${after}`,
  'URL-encoded in lower case': (value) => encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase()),
  'form-encoded': (value, before) => new URLSearchParams({ a: before, b: value }).toString(),
  JSON: (value, before, after) => JSON.stringify({ [before]: before + value + after }),
  'JSON in JSON in JSON': (value) => JSON.stringify(JSON.stringify(JSON.stringify({ value }))),
  base64: (value, before, after) => Buffer.from(before + value + after).toString('base64'),
  base64url: (value, before, after) => Buffer.from(before + value + after).toString('base64url'),
  'base64 in JSON': (value, before) =>
    JSON.stringify({ auth: `Basic ${Buffer.from(before + value).toString('base64')}` }),
  'base64 in a URL': (value, before) => encodeURIComponent(Buffer.from(before + value).toString('base64')),
};

for (const [name, encode] of Object.entries(encodings)) {
  test(`a planted secret is found: ${name}`, () => {
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const secrets = createSecretRegistry();
        secrets.register('the.password', value);
        const text = encode(value, before, after);
        expect(secrets.findIn(text)).toBe('the.password');
        expect(secrets.redact(text)).toContain('[secret the.password]');
        expect(secrets.findIn(secrets.redact(text))).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
}

test('text without the secret is left alone', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 9, maxLength: 24 }), fc.string({ maxLength: 2_000 }), (bytes, text) => {
      const value = Buffer.from(bytes).toString('hex');
      fc.pre(!text.includes(value));
      const secrets = createSecretRegistry();
      secrets.register('the.password', value);
      for (const other of [text, JSON.stringify({ text }), Buffer.from(text).toString('base64')]) {
        expect(secrets.findIn(other)).toBeNull();
        expect(secrets.redact(other)).toBe(other);
      }
    }),
    { numRuns: 300 },
  );
});

test('values that are too short are listed and not searched for', () => {
  const secrets = createSecretRegistry();
  secrets.register('short', 'guest');
  secrets.register('long', 'guest-guest');
  expect(secrets.names()).toEqual(['short', 'long']);
  expect(secrets.shortNames()).toEqual(['short']);
  expect(secrets.findIn('user guest')).toBeNull();
  expect(secrets.findIn('user guest-guest')).toBe('long');
});

test('a value that was replaced under its name is still searched for', () => {
  const secrets = createSecretRegistry();
  secrets.register('p', 'first-value');
  secrets.register('p', 'second-value');
  expect(secrets.findIn('first-value')).toBe('p');
  expect(secrets.redact('first-value second-value')).toBe('[secret p] [secret p]');
});

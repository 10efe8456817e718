import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import * as z from 'zod';

/** About 32 MiB and a tenth of a second for each guess at the key. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 } as const;

const base64 = z.base64().transform((value) => Buffer.from(value, 'base64'));
const boxShape = z.strictObject({
  format: z.literal(1),
  cipher: z.literal('aes-256-gcm'),
  kdf: z.strictObject({ name: z.literal('scrypt'), N: z.literal(cost.N), r: z.literal(cost.r), p: z.literal(cost.p) }),
  salt: base64,
  iv: base64,
  tag: base64,
  data: base64,
});

/** Encrypts text with a key derived from the configured one. `bound` (the capture's id) ties the box to its place. */
export async function sealBox(text: string, key: string, bound: string): Promise<string> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await derive(key, salt), iv).setAAD(Buffer.from(bound));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const { N, r, p } = cost;
  const show = (bytes: Buffer): string => bytes.toString('base64');
  return JSON.stringify({
    format: 1,
    cipher: 'aes-256-gcm',
    kdf: { name: 'scrypt', N, r, p },
    salt: show(salt),
    iv: show(iv),
    tag: show(cipher.getAuthTag()),
    data: show(data),
  });
}

/** The text of a box; `wrong-key` when it does not open with this key, `foreign` when it is no such box. */
export async function openBox(
  box: unknown,
  key: string,
  bound: string,
): Promise<{ readonly text: string } | 'wrong-key' | 'foreign'> {
  const parsed = boxShape.safeParse(box);
  if (!parsed.success || parsed.data.tag.length !== 16) return 'foreign';
  const { salt, iv, tag, data } = parsed.data;
  const decipher = createDecipheriv('aes-256-gcm', await derive(key, salt), iv, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(bound)).setAuthTag(tag);
  try {
    return { text: Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8') };
  } catch {
    return 'wrong-key';
  }
}

function derive(key: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(key.normalize('NFC'), salt, 32, cost, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
}

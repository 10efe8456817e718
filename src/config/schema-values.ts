import { Cron } from 'croner';
import * as z from 'zod';

/* Values that several sections of the configuration are made of. */

export const text = z.string().min(1, 'must not be empty');

export const argv = z
  .tuple([text], z.string())
  .describe('A program and its arguments, one list item each. No shell is involved, so nothing needs quoting.');

export const secretRef = z
  .union([
    z.strictObject({ env: text.describe('Name of the environment variable that holds the secret.') }),
    z.strictObject({ file: text.describe('File that holds the secret and nothing else; best with mode 0600.') }),
    z.strictObject({ command: argv.describe('Program whose first line of output is the secret.') }),
  ])
  .describe('Where a secret comes from. Secrets themselves never stand in this file.');

export const duration = z
  .union([z.int().positive(), z.string().regex(/^[1-9]\d{0,5}(ms|s|m|h)$/, 'must be a duration such as 10s')])
  .describe('Milliseconds, or a duration such as 500ms, 10s or 5m.');

export const tls = z
  .strictObject({
    ca: text.optional().describe("PEM file with the authorities to trust instead of the system's."),
    serverName: text.optional().describe("Name to verify instead of the host's."),
  })
  .describe("TLS settings. Verification can't be switched off.");

export const serverUrl = (schemes: readonly string[], example: string): z.ZodString =>
  z.string().superRefine((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || !schemes.includes(url.protocol) || url.hostname === '')
      context.addIssue({ code: 'custom', message: `must be a URL such as ${example}` });
    else if (url.username !== '' || url.password !== '')
      context.addIssue({ code: 'custom', message: 'must not hold credentials', params: { literalSecret: true } });
    else if (url.search !== '' || url.hash !== '')
      context.addIssue({ code: 'custom', message: `must end after the path, as in ${example}` });
  });

/** A regular expression as text. Tried here, so that it can't fail at night. */
export const pattern = z.string().superRefine((value, context) => {
  try {
    if (new RegExp(value, 'u').test(''))
      context.addIssue({ code: 'custom', message: 'must be a regular expression that does not match everything' });
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a regular expression' });
  }
});

/** A schedule of cron: minute, hour, day, month, weekday. */
export const cron = z
  .string()
  .superRefine((value, context) => {
    try {
      if (value.trim().split(/\s+/).length !== 5) throw new TypeError();
      new Cron(value, { paused: true, mode: '5-part' }).stop();
    } catch {
      context.addIssue({ code: 'custom', message: 'must be five fields of cron, such as 30 17 * * *' });
    }
  })
  .describe('Five fields of cron: minute, hour, day, month, weekday.');

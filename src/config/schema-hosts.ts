import * as z from 'zod';
import { localHost } from '../core/reach-of.ts';
import { duration, text } from './schema-values.ts';

const ssh = z
  .strictObject({
    address: text
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:%-]*$/, 'must be a host name or an address')
      .describe('Host name or address.'),
    port: z.int().min(1).max(65_535).optional().describe('Its SSH port. Default 22.'),
    user: text
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/, 'must be the name of an account')
      .optional()
      .describe('Account there. Default: the name of who runs esr-ops.'),
    identityFile: text.optional().describe("Private key. Default: the agent's keys and the client's usual files."),
    knownHosts: text
      .optional()
      .describe('File with the host keys to believe, and the only one. Default ~/.ssh/known_hosts.'),
    jump: text
      .regex(/^([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9_[][A-Za-z0-9_.:\]-]*$/, 'must be [user@]host[:port]')
      .optional()
      .describe('[user@]host[:port] to go through; its key must be in the same file.'),
    connectTimeout: duration.optional().describe('Longest wait until the connection stands. Default 15s.'),
  })
  .describe('A machine that is reached over SSH; its host key is always checked.');

const through = z
  .strictObject({
    through: z
      .array(text)
      .min(1)
      .describe('Words before each command, as items: [sudo, -n, -u, esr], or [env, NAME=VALUE]. Holds no secret.'),
  })
  .describe('This machine, as another user or with other settings.');

/** Machines that other sections name. */
export const hosts = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, dots and dashes')
      .refine((name) => name !== localHost, 'is this machine, always'),
    z.union([z.literal('local'), through, ssh]),
  )
  .describe('Machines by the name that other sections call them. `local` is always there.');

/** One host as the file has it. */
export type HostFileEntry = z.infer<typeof hosts>[string];

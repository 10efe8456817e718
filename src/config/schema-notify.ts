import * as z from 'zod';
import { duration, secretRef, tls } from './schema-values.ts';

const channel = z
  .strictObject({
    url: secretRef.describe("The webhook's URL. All of it is a secret: whoever has it can write there."),
    audience: z
      .enum(['team', 'esr'])
      .optional()
      .describe('team (default): component, command and run; esr: plain words for those who wait for the files.'),
    events: z
      .array(z.enum(['started', 'blocked', 'needs-person', 'deadline-at-risk', 'ended']))
      .min(1)
      .optional()
      .describe('What it gets. Default: everything.'),
    tls: tls.optional(),
    timeoutMs: duration.optional().describe('Longest wait for an answer. Default 10s.'),
  })
  .describe('A webhook as Slack, Mattermost and others have them.');

/** Whom to tell of a run. */
export const notify = z
  .strictObject({
    channels: z
      .record(
        z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, dots and dashes'),
        channel,
      )
      .describe('Webhooks by a name of your own.'),
    warnBefore: duration
      .optional()
      .describe('How near a deadline puts it at risk while a run is on its way. Default 1h.'),
  })
  .describe('Whom to tell of a run that is more than routine.');

export type NotifyFile = z.infer<typeof notify>;

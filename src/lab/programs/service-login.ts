import * as z from 'zod';

/** Who connects where, as a program of the lab is told. */
export const serviceLogin = z.strictObject({
  host: z.string(),
  port: z.number(),
  vhost: z.string(),
  user: z.string(),
  password: z.string(),
  /** Shown by the broker as the connection's name. */
  name: z.string(),
});

/** The same, read. */
export type ServiceLogin = z.infer<typeof serviceLogin>;

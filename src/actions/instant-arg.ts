import * as z from 'zod';

/** A time as an input holds it (RFC 3339 in UTC), or already ms since the epoch; gives ms. */
export const instantArg = z.union([z.number(), z.iso.datetime().transform((text) => Date.parse(text))]);

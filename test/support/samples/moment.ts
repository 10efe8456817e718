/** When everything in the samples happens. */
export const at = '2026-03-22T07:40:00.000Z';

/** The same in milliseconds. */
export const atMs = Date.parse(at);

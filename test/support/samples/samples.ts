import type { MessageCode, Messages } from '../../../src/core/messages.ts';

/** Payloads of each code: as many as it has shapes. */
export type Samples = { readonly [C in MessageCode]: readonly Messages[C][] };

import type { Message } from '../../src/core/messages.ts';
import { dataSamples } from './samples/data.ts';
import { loadSamples } from './samples/loads.ts';
import { lookSamples } from './samples/looks.ts';
import { maxwellSamples } from './samples/maxwell.ts';
import { noticeSamples } from './samples/notices.ts';
import { recordSamples } from './samples/records.ts';
import { rehearsalSamples } from './samples/rehearsal.ts';
import { runSamples } from './samples/run.ts';
import type { Samples } from './samples/samples.ts';

/**
 * Messages of every code whose texts from servers, people and files are all `name`: the type makes it complete, and
 * each code has as many as it has shapes.
 */
export function sampleMessages(name: string): Samples {
  return {
    ...runSamples(name),
    ...recordSamples(name),
    ...dataSamples(name),
    ...lookSamples(name),
    ...maxwellSamples(name),
    ...loadSamples(name),
    ...noticeSamples(name),
    ...rehearsalSamples(name),
  };
}

/** All of them as messages. */
export function everyMessage(name: string): readonly Message[] {
  return Object.entries(sampleMessages(name)).flatMap(([code, payloads]) =>
    payloads.map((payload) => ({ code, payload }) as Message),
  );
}

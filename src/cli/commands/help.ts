import type { ExitName } from '../../core/exit-codes.ts';
import type { Composition } from '../composition.ts';
import { helpTopics } from '../help-topics.ts';

/** `help TOPIC` */
export function showTopic(composition: Composition, name: string): Promise<ExitName> {
  const topic = helpTopics.find((candidate) => candidate.name === name);
  composition.host.result({ code: 'help.topic', payload: { topic: topic?.title ?? name, body: topic?.body() ?? '' } });
  return Promise.resolve('done');
}

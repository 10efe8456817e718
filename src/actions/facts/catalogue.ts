import type { FactScope } from '../../core/deciding.ts';
import type { FactReadings } from '../../core/facts.ts';
import type { RabbitReader } from '../../core/ports.ts';
import { baselineFacts } from './baseline.ts';
import { brokerFacts } from './broker.ts';
import { cdcFacts } from './cdc.ts';
import { componentFacts } from './component.ts';
import { dockerFacts } from './docker.ts';
import { environmentFacts } from './environment.ts';
import { loadFacts } from './load.ts';
import type { FactSource } from './source.ts';
import { vhostFacts } from './vhost.ts';

/** Every fact that a runbook's conditions may name. */
export const factCatalogue: readonly FactSource[] = [
  ...brokerFacts,
  ...vhostFacts,
  ...baselineFacts,
  ...cdcFacts,
  ...dockerFacts,
  ...componentFacts,
  ...loadFacts,
  ...environmentFacts,
];

/** Reads the named facts; within one reading the broker is asked each question once. */
export async function readFacts(names: readonly string[], scope: FactScope): Promise<FactReadings> {
  const once: FactScope = { ...scope, readers: { ...scope.readers, rabbit: askedOnce(scope.readers.rabbit) } };
  const wanted = factCatalogue.filter((fact) => names.includes(fact.name));
  const entries = await Promise.all(wanted.map(async (fact) => [fact.name, await fact.read(once)] as const));
  return Object.fromEntries(entries);
}

/** The facts of one condition must describe one moment, so the broker's answers are shared between them. */
function askedOnce(rabbit: RabbitReader): RabbitReader {
  const status = remember(rabbit.status.bind(rabbit));
  const depths = remember(rabbit.depths.bind(rabbit));
  return { ...rabbit, status, depths };
}

function remember<T>(read: (vhost: string) => Promise<T>): (vhost: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (vhost) => {
    const answer = answers.get(vhost) ?? read(vhost);
    answers.set(vhost, answer);
    return answer;
  };
}

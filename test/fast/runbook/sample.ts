import { readFileSync } from 'node:fs';
import type { ActionDeclaration } from '../../../src/core/action.ts';
import { Fault, type Problem } from '../../../src/core/fault.ts';
import type { FactDeclaration } from '../../../src/core/facts.ts';
import type { Catalogue } from '../../../src/runbook/catalogue.ts';
import { loadRunbook } from '../../../src/runbook/load.ts';

/** A runbook that uses every part of the format. */
export const sample = readFileSync(new URL('sample.md', import.meta.url), 'utf8');

function fact(name: string, type: FactDeclaration['type'], values?: readonly string[]): FactDeclaration {
  return { name, type, help: name, decides: true, ...(values === undefined ? {} : { values }) };
}

function action(
  verb: string,
  args: ActionDeclaration['args'],
  outputs: ActionDeclaration['outputs'] = {},
): ActionDeclaration {
  return { verb, help: verb, args, outputs, affects: [], reads: [], settles: 'plan' };
}

export const catalogue: Catalogue = {
  facts: [
    fact('vhost.state', 'string', ['running', 'down', 'absent', 'unpermitted']),
    fact('vhost.consumers', 'int'),
    fact('vhost.protected', 'bool'),
    fact('baseline.consumers', 'int'),
    fact('broker.reachable', 'bool'),
    fact('broker.version', 'string'),
    fact('env.rabbitmq.vhost', 'string'),
    fact('env.protected', 'bool'),
  ],
  actions: [
    action(
      'vhost.capture',
      { vhost: 'string', baseline: 'string?', accept: 'strings?' },
      { id: 'string', complete: 'bool' },
    ),
    action('vhost.restart', { vhost: 'string', attempts: 'int?' }),
    action('vhost.recreate', { vhost: 'string', capture: 'step?', note: 'string?', force: 'bool?' }),
  ],
};

/** Problems of a text as a runbook; empty when it has none. Anything thrown that is no Fault is thrown on. */
export function problemsOf(text: string): readonly Problem[] {
  try {
    loadRunbook('sample.md', text, catalogue);
    return [];
  } catch (error) {
    if (error instanceof Fault) return error.problems;
    throw error;
  }
}

/** The sample with one passage replaced; it must be there exactly once. */
export function sampleWith(passage: string, replacement: string): string {
  if (sample.split(passage).length !== 2) throw new Error(`not once in the sample: ${passage}`);
  return sample.replace(passage, () => replacement);
}

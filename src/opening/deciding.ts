import { actionCatalogue } from '../actions/catalogue.ts';
import { factCatalogue, readFacts } from '../actions/facts/catalogue.ts';
import { environmentValue } from '../actions/facts/environment.ts';
import type { Deciding } from '../core/deciding.ts';
import type { Environment } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import type { Readers } from '../core/ports.ts';
import { evaluate } from '../runbook/condition.ts';
import { resolveReferences } from '../runbook/resolve.ts';

/** What plans are made with: the catalogues of verbs and facts, over these readers. */
export function decidingWith(environment: Environment, readers: Readers): Deciding {
  return {
    environment,
    readers,
    evaluate,
    resolve: resolveReferences,
    action: (verb) => {
      const action = actionCatalogue.find((candidate) => candidate.verb === verb);
      if (action === undefined)
        throw new Fault({
          code: 'runbook.verb',
          message: `There is no verb ${JSON.stringify(verb)}.`,
          exit: 'usage',
        });
      return action;
    },
    readFacts,
    environmentValue: (name) => environmentValue(environment, name),
    decides: (name) => factCatalogue.find((fact) => fact.name === name)?.decides ?? false,
  };
}

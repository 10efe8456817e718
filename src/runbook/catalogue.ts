import type { ActionDeclaration } from '../core/action.ts';
import type { FactDeclaration } from '../core/facts.ts';

/** What runbooks are checked against: the facts that can be read and the verbs that can be used. */
export interface Catalogue {
  readonly facts: readonly FactDeclaration[];
  readonly actions: readonly ActionDeclaration[];
}

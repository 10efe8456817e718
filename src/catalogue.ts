import { actionCatalogue } from './actions/catalogue.ts';
import { factCatalogue } from './actions/facts/catalogue.ts';

/** What runbooks are checked against. */
export const catalogue = { actions: actionCatalogue, facts: factCatalogue };

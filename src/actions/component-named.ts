import type { Component } from '../core/component.ts';
import type { Environment } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import { findNamed, nameOf, sentenceOf } from '../core/find-named.ts';

/** The component of a name or alias. A Fault that says what each candidate is, for a name that means none or several. */
export function componentNamed(word: string, environment: Environment): Component {
  const meaning = findNamed(word, { components: environment.components, loadTypes: [] });
  if (meaning.is === 'found' && meaning.named.kind === 'component') return meaning.named.component;
  const candidates = meaning.is === 'found' ? [meaning.named] : meaning.candidates;
  const all =
    candidates.length > 0
      ? candidates
      : environment.components.map((component) => ({ kind: 'component' as const, component }));
  const list = all.map((one) => `${nameOf(one)}: ${sentenceOf(one)}`).join(' ');
  throw new Fault({
    code: meaning.is === 'ambiguous' ? 'component.ambiguous' : 'component.unknown',
    message:
      all.length === 0
        ? `Environment ${environment.name} has no components in its configuration.`
        : `${JSON.stringify(word)} ${meaning.is === 'ambiguous' ? 'may mean several components' : 'is no component'}: ${list}`,
    where: word,
    exit: 'usage',
    next: all.length === 0 ? ['esr-ops config example'] : all.map((one) => `esr-ops explain ${nameOf(one)}`),
  });
}

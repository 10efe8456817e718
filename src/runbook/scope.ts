import type { FactType } from '../core/facts.ts';
import { didYouMean } from '../core/closest.ts';

/** What is known of a name at load. `any`: its own declaration has a fault, so nothing is said about its uses. */
export interface Name {
  readonly from: 'fact' | 'input' | 'step';
  readonly type: FactType | 'strings' | 'any';
  /** Allowed values of a string. */
  readonly values?: readonly string[];
  /** An input that may be left out and has no default. */
  readonly mayBeUnset: boolean;
}

/** Names that may be used at one place of a runbook, and why others may not. */
export interface Scope {
  readonly names: ReadonlyMap<string, Name>;
  /**
   * Ids of all steps -> whether the step runs earlier than the place in question; `unclear`: its action is not
   * known, so nothing is said about its outputs.
   */
  readonly steps: ReadonlyMap<string, 'earlier' | 'later' | 'unclear'>;
}

/** The name, or one sentence that says why it can't be used here and what was probably meant. */
export function lookUp(scope: Scope, name: string): Name | string {
  const known = scope.names.get(name);
  if (known !== undefined) return known;
  const [area = '', member = ''] = name.split('.');
  if (area === 'steps' && scope.steps.get(member) === 'unclear')
    return { from: 'step', type: 'any', mayBeUnset: false };
  if (area === 'steps') return whyNoOutput(scope, name, member);
  const below = [...scope.names.keys()].filter((other) => other.startsWith(`${name}.`));
  if (below.length > 0) return `\`${name}\` is not a value by itself; there is ${listed(below)}.`;
  if (area === 'inputs') {
    const inputs = [...scope.names.keys()].filter((other) => other.startsWith('inputs.'));
    return `There is no input \`${member}\` (\`${name}\`).${didYouMean(name, inputs) || ` There is ${listed(inputs)}.`}`;
  }
  return `There is no fact \`${name}\`.${didYouMean(name, scope.names.keys())}`;
}

function whyNoOutput(scope: Scope, name: string, step: string): string {
  const when = scope.steps.get(step);
  if (when === undefined) return `There is no step \`${step}\` (\`${name}\`).${didYouMean(step, scope.steps.keys())}`;
  if (when === 'later') return `\`${name}\`: the step \`${step}\` has not run at this place; only earlier steps have.`;
  const outputs = [...scope.names.keys()].filter((other) => other.startsWith(`steps.${step}.`));
  if (outputs.length === 0) return `\`${name}\`: the step \`${step}\` has no outputs.`;
  return `\`${name}\`: the step \`${step}\` has no such output.${didYouMean(name, outputs) || ` It has ${listed(outputs)}.`}`;
}

/** Names for a sentence, at most a handful. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 8).map((name) => `\`${name}\``);
  return names.length > shown.length ? `${shown.join(', ')}, ...` : shown.join(', ');
}

import type { ActionArgType, ActionDeclaration } from '../core/action.ts';
import { didYouMean } from '../core/closest.ts';
import type { JsonObject } from '../core/json.ts';
import { checkReferences } from './check-references.ts';
import type { Faults } from './faults.ts';
import type { FrontMatter, Path } from './front-matter.ts';
import { listed, type Name, type Scope } from './scope.ts';

/** Checks a step's `with` against what its action declares: names, presence, and types of values and references. */
export function checkArguments(
  action: ActionDeclaration,
  given: Readonly<Record<string, unknown>>,
  path: Path,
  scope: Scope,
  front: FrontMatter,
  faults: Faults,
): JsonObject {
  const names = Object.keys(action.args);
  for (const [name, value] of Object.entries(given)) {
    const type = Object.hasOwn(action.args, name) ? action.args[name] : undefined;
    if (type !== undefined) checkArgument({ action, name, type, value, path: [...path, name] }, scope, front, faults);
    else {
      const hint = didYouMean(name, names) || ` Its arguments are ${listed(names)}.`;
      faults.add('argument', front.key([...path, name]), `\`${action.verb}\` has no argument \`${name}\`.${hint}`);
    }
  }
  const missing = names.filter((name) => !Object.hasOwn(given, name) && action.args[name]?.endsWith('?') === false);
  for (const name of missing) {
    const span = front.key([...path.slice(0, -1), 'do']);
    faults.add('argument', span, `\`${action.verb}\` needs the argument \`${name}\` in \`with\`.`);
  }
  return given as JsonObject;
}

interface Argument {
  readonly action: ActionDeclaration;
  readonly name: string;
  readonly type: ActionArgType;
  readonly value: unknown;
  readonly path: Path;
}

function checkArgument(argument: Argument, scope: Scope, front: FrontMatter, faults: Faults): void {
  const { name, type, value, path } = argument;
  const refuse = (message: string): void => {
    faults.add('argument', front.at(path), message);
  };
  const title = `\`${name}\` of \`${argument.action.verb}\``;
  if (typeof value === 'string') {
    const { sole, faulty } = checkReferences(value, path, ['inputs', 'env', 'steps'], scope, front, faults);
    if (faulty) return;
    if (sole !== null) {
      const why = whyUnfit(type, sole, value);
      if (why !== null) refuse(`${title} ${why}`);
    } else if (type !== 'string' && type !== 'string?') refuse(`${title} must be ${needs[type]}, not text.`);
    else if (value === '') refuse(`${title} must not be empty.`);
    return;
  }
  if (type === 'strings?' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkItem(title, item, [...path, index], scope, front, faults);
    return;
  }
  const fits = (type === 'bool?' && typeof value === 'boolean') || (type === 'int?' && Number.isSafeInteger(value));
  if (!fits) refuse(`${title} must be ${needs[type]}.`);
}

function checkItem(title: string, item: unknown, path: Path, scope: Scope, front: FrontMatter, faults: Faults): void {
  if (typeof item !== 'string') {
    faults.add('argument', front.at(path), `${title} must be ${needs['strings?']}.`);
    return;
  }
  const { sole, faulty } = checkReferences(item, path, ['inputs', 'env'], scope, front, faults);
  const fits = sole === null || sole.type === 'any' || (sole.type === 'string' && !sole.mayBeUnset);
  if (!faulty && !fits)
    faults.add('argument', front.at(path), `\`${item}\` is not always a text, as a list of texts needs.`);
}

const needs: Readonly<Record<ActionArgType, string>> = {
  string: 'text',
  'string?': 'text',
  'bool?': 'true or false',
  'int?': 'a whole number',
  'strings?': 'a list of texts',
  'step?': 'an output of an earlier step (`${steps.<id>.<output>}`)',
};

const accepted: Readonly<Record<Exclude<ActionArgType, 'step?'>, Name['type']>> = {
  string: 'string',
  'string?': 'string',
  'bool?': 'bool',
  'int?': 'int',
  'strings?': 'strings',
};

/** Why a sole reference can't be this argument, or null. */
function whyUnfit(type: ActionArgType, name: Name, text: string): string | null {
  if (name.from === 'step')
    return type === 'step?' ? null : `needs a value that is known before the run; \`${text}\` comes from a step.`;
  if (type === 'step?') return `must be ${needs[type]}.`;
  if (name.type === 'any') return null;
  if (name.type !== accepted[type]) return `must be ${needs[type]}; \`${text}\` is of type ${name.type}.`;
  if (type === 'string' && name.mayBeUnset)
    return `is needed, but \`${text}\` may be left out: give it a default or \`required: true\`.`;
  return null;
}

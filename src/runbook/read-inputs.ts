import type { RunbookInput } from '../core/runbook.ts';
import { checkReferences } from './check-references.ts';
import { checkShape } from './check-shape.ts';
import type { Faults } from './faults.ts';
import type { FrontMatter } from './front-matter.ts';
import type { Name, Scope } from './scope.ts';
import { shapes } from './shape.ts';

/** Type that an input has in conditions and references. */
const nameTypes = {
  string: 'string',
  int: 'int',
  flag: 'bool',
  strings: 'strings',
  instant: 'int',
  place: 'string',
} as const;

/** Reads the declared inputs; what has a fault is left out, but stays known by name (see `inputNames`). */
export function readInputs(front: FrontMatter, environment: Scope, faults: Faults): readonly RunbookInput[] {
  return Object.entries(entriesOf(front)).flatMap(([name, value]) => {
    const path = ['inputs', name];
    if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u.test(name) || name.startsWith('no-')) {
      const message = `An input becomes a flag: \`${name}\` must be lower-case words joined by hyphens, not beginning with \`no-\`.`;
      faults.add('input', front.key(path), message);
      return [];
    }
    const shape = checkShape(shapes.input, front, value, path, faults);
    if (shape === null) return [];
    const input = {
      name,
      type: shape.type,
      default: shape.default ?? null,
      required: shape.required ?? false,
      argument: shape.argument ?? false,
      help: shape.help,
    };
    checkInput(input, front, environment, faults);
    return [input];
  });
}

/** Every input by its dotted name, those with faults as `any` so that their uses are not called unknown. */
export function inputNames(front: FrontMatter, inputs: readonly RunbookInput[]): ReadonlyMap<string, Name> {
  const sound = new Map(inputs.map((input) => [input.name, input]));
  return new Map(
    Object.keys(entriesOf(front)).map((name): [string, Name] => {
      const input = sound.get(name);
      if (input === undefined) return [`inputs.${name}`, { from: 'input', type: 'any', mayBeUnset: false }];
      const unset = input.default === null && !input.required && input.type !== 'flag' && input.type !== 'strings';
      return [`inputs.${name}`, { from: 'input', type: nameTypes[input.type], mayBeUnset: unset }];
    }),
  );
}

function entriesOf(front: FrontMatter): Readonly<Record<string, unknown>> {
  const { inputs } = front.value as { readonly inputs?: unknown };
  const usable = inputs !== null && typeof inputs === 'object' && !Array.isArray(inputs);
  return usable ? (inputs as Record<string, unknown>) : {};
}

function checkInput(input: RunbookInput, front: FrontMatter, environment: Scope, faults: Faults): void {
  const path = ['inputs', input.name];
  if (input.required && input.type === 'flag')
    faults.add('input', front.at([...path, 'required']), `\`${input.name}\` is a flag: a flag can't be required.`);
  if (input.default === null) return;
  const at = [...path, 'default'];
  const refuse = (message: string): void => {
    faults.add('input', front.at(at), message);
  };
  if (input.required) {
    refuse(`\`${input.name}\` is required, so its default would never be used.`);
    return;
  }
  if (typeof input.default === 'string') {
    const { sole, faulty } = checkReferences(input.default, at, ['env'], environment, front, faults);
    if (faulty) return;
    if (sole !== null) {
      if (sole.type === nameTypes[input.type]) return;
      refuse(
        `The default \`${input.default}\` is of type ${sole.type}, but \`${input.name}\` is of type ${input.type}.`,
      );
      return;
    }
  }
  const why = whyNoDefault(input);
  if (why !== null) refuse(`The default of \`${input.name}\` ${why}.`);
}

function whyNoDefault({ type, default: value }: RunbookInput): string | null {
  switch (type) {
    case 'string':
    case 'instant':
    case 'place':
      return typeof value === 'string' && value !== '' ? null : 'must be text';
    case 'int':
      return Number.isSafeInteger(value) ? null : 'must be a whole number';
    case 'flag':
      return value === false ? null : 'can only be false: there would be no way to switch it off';
    case 'strings':
      return 'must be left out: a list of texts begins empty';
    default:
      return String(type satisfies never);
  }
}

import { isOneOf, type Area } from './areas.ts';
import type { Faults } from './faults.ts';
import type { FrontMatter, Path } from './front-matter.ts';
import { partsOf } from './reference.ts';
import { listed, lookUp, type Name, type Scope } from './scope.ts';

/** What a text with references comes to: one of a known type when it is a sole reference, otherwise text. */
export interface TextReading {
  readonly sole: Name | null;
  readonly faulty: boolean;
}

/** Checks every `${…}` in a text of the front matter; `areas` says which may be named there. */
export function checkReferences(
  text: string,
  path: Path,
  areas: readonly Area[],
  scope: Scope,
  front: FrontMatter,
  faults: Faults,
): TextReading {
  const parts = partsOf(text);
  let sole: Name | null = null;
  let faulty = false;
  for (const part of parts) {
    if (part.is === 'text') continue;
    const refuse = (code: string, message: string, start = part.start, end = part.end): void => {
      faulty = true;
      faults.add(code, front.within(path, start, end), message);
    };
    if (part.is === 'open') {
      refuse('reference', 'A reference is written `${name}`: its closing brace is missing.');
      continue;
    }
    const { name, start, end } = part;
    if (!isOneOf(areas, name)) {
      const allowed = listed(areas.map((area) => `\${${area}.NAME}`));
      refuse('reference', `\`\${${name}}\` can't be used here; what can: ${allowed}.`);
      continue;
    }
    const found = lookUp(scope, name);
    if (typeof found === 'string') refuse('unknown-name', found, start + 2, end - 1);
    else if (parts.length === 1) sole = found;
    else {
      const why = whyNotInText(name, found);
      if (why !== null) refuse('reference', why);
    }
  }
  return { sole, faulty };
}

/** Why a value can't be written out in the middle of a text, or null. */
function whyNotInText(name: string, found: Name): string | null {
  if (found.from === 'step') return `\`\${${name}}\` must stand alone: it is known only after its step has run.`;
  if (found.type === 'strings') return `\`\${${name}}\` is a list, which can't be put into a text.`;
  if (found.mayBeUnset)
    return `\`${name}\` may be left out, and then nothing would stand here: give it a default or \`required: true\`.`;
  return null;
}

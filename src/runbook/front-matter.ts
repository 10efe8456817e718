import { isMap, isNode, isScalar, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';
import type { Faults, Span } from './faults.ts';
import { tooDeep } from '../core/yaml-nesting.ts';
import { scalarOffsets } from './scalar-offsets.ts';

/** Keys and indexes that lead to a value of the front matter. */
export type Path = readonly (string | number)[];

/** The front matter as plain data, and where each part of it stands in the file. */
export interface FrontMatter {
  readonly value: Readonly<Record<string, unknown>>;
  /** Offset at which the Markdown begins. */
  readonly bodyStart: number;
  /** Span of a value; of what is missing, the start of the nearest thing around it. */
  at(path: Path): Span;
  /** Span of a key of a mapping. */
  key(path: Path): Span;
  /** Span of a part of a text value, given by offsets in that value. */
  within(path: Path, start: number, end: number): Span;
}

/** More YAML than any runbook has; the rest of a file's allowance is for prose. */
const longest = 32 * 1024;

/** Splits off and reads the front matter; null (with faults added) when it can't be used at all. */
export function readFrontMatter(text: string, faults: Faults): FrontMatter | null {
  const opening = /^\uFEFF?---[ \t]*(?:\r?\n|$)/u.exec(text);
  if (opening === null) {
    faults.add('front-matter', { start: 0, end: 0 }, 'A runbook begins with a line `---` and its front matter.');
    return null;
  }
  const base = opening[0].length;
  const closing = /^---[ \t]*\r?$/mu.exec(text.slice(base));
  if (closing === null) {
    faults.add('front-matter', { start: 0, end: base }, 'The front matter is not closed by a line `---`.');
    return null;
  }
  const yaml = text.slice(base, base + closing.index);
  const whole = { start: base, end: base + yaml.length };
  if (yaml.length > longest) {
    faults.add('front-matter', whole, `The front matter is longer than ${longest / 1024} KiB.`);
    return null;
  }
  const deep = tooDeep(yaml);
  if (deep !== null) {
    faults.add('yaml', { start: base + deep, end: base + deep + 1 }, 'The front matter is nested too deeply.');
    return null;
  }
  const document = parseDocument(yaml, { prettyErrors: false, version: '1.2', schema: 'core', logLevel: 'silent' });
  refuse(document, base, faults);
  if (faults.any) return null;
  if (!isMap(document.contents)) {
    faults.add('front-matter', whole, 'The front matter must be a mapping (`command: ...`, `steps: ...`).');
    return null;
  }
  return {
    value: document.toJS({ maxAliasCount: 0 }) as Record<string, unknown>,
    bodyStart: base + closing.index + closing[0].length,
    ...places(document, yaml, base),
  };
}

/** Faults for what YAML can't read, and for what it could but nobody needs in a runbook. */
function refuse(document: Document.Parsed, base: number, faults: Faults): void {
  for (const { pos, message } of document.errors)
    faults.add('yaml', { start: base + pos[0], end: base + pos[1] }, `YAML: ${message}.`.replace(/\.\.$/u, '.'));
  visit(document, {
    Alias: (_, node) => {
      faults.add('yaml-alias', spanOf(node, base), 'Aliases (`*name`) are not used in runbooks: write the value out.');
    },
    Pair: (_, pair) => {
      if (!isScalar(pair.key))
        faults.add('yaml', spanOf(pair.key, base), 'A key of the front matter must be a plain word.');
    },
    Node: (_, node) => {
      if ('anchor' in node && typeof node.anchor === 'string')
        faults.add('yaml-alias', spanOf(node, base), 'Anchors (`&name`) are not used in runbooks.');
      if (node.tag !== undefined && 'range' in node)
        faults.add('yaml', spanOf(node, base), `YAML tags (${node.tag}) are not used in runbooks.`);
    },
  });
}

function places(document: Document.Parsed, yaml: string, base: number): Pick<FrontMatter, 'at' | 'key' | 'within'> {
  const nodeAt = (path: Path): unknown => (path.length === 0 ? document.contents : document.getIn(path, true));
  const at = (path: Path): Span => {
    const node = nodeAt(path);
    if (isNode(node)) return spanOf(node, base);
    if (path.length === 0) return { start: base, end: base };
    const { start } = at(path.slice(0, -1));
    return { start, end: start + 1 };
  };
  return {
    at,
    key(path) {
      const parent = nodeAt(path.slice(0, -1));
      const name = String(path.at(-1));
      const pair = isMap(parent) ? parent.items.find((item: Pair) => keyName(item) === name) : undefined;
      return pair === undefined ? at(path.slice(0, -1)) : spanOf(pair.key, base);
    },
    within(path, start, end) {
      const node = nodeAt(path);
      if (!isScalar(node)) return at(path);
      const offsets = scalarOffsets(node, yaml);
      const last = offsets.length - 1;
      const from = offsets[Math.min(start, last)] ?? 0;
      const to = end >= last ? offsets[last] : offsets[end];
      return { start: base + from, end: base + Math.max(from + 1, to ?? from) };
    },
  };
}

function keyName(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function spanOf(node: unknown, base: number): Span {
  const range = isNode(node) ? (node as Node).range : undefined;
  const [start, end] = range ?? [0, 0];
  return { start: base + start, end: base + end };
}

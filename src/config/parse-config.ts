import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type * as z from 'zod';
import { didYouMean } from '../core/closest.ts';
import { Fault, type Problem } from '../core/fault.ts';
import { tooDeep } from '../core/yaml-nesting.ts';
import { visible } from '../core/visible.ts';
import { excerptOf, type Span } from './excerpt-of.ts';
import { knownKeys } from './known-keys.ts';
import { configSchema, type ConfigFile } from './schema.ts';

/**
 * Checks the text of a configuration file. All faults are thrown together as one Fault (`config.syntax`,
 * `config.unknown-key`, `config.missing-key`, `config.wrong-value`, `config.literal-secret`; exit usage), each with
 * `file:line:column`, the source line and a caret.
 */
export function parseConfig(text: string, file: string): ConfigFile {
  const deep = tooDeep(text);
  if (deep !== null) {
    const { place, details } = excerptOf(text, { start: deep, end: deep + 1 });
    throw new Fault({
      code: 'config.syntax',
      message: 'This is nested deeper than any configuration needs.',
      where: `${file}:${place}`,
      details,
      exit: 'usage',
    });
  }
  const document = parseDocument(text, {
    lineCounter: new LineCounter(),
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: 'error',
  });
  const problem = (code: string, span: Span, message: string, next?: readonly string[]): Problem => {
    const { place, details } = excerptOf(text, span);
    return {
      code: `config.${code}`,
      message,
      where: `${file}:${place}`,
      details,
      exit: 'usage',
      ...(next === undefined ? {} : { next }),
    };
  };
  const syntax = [...document.errors, ...document.warnings].map(({ pos: [start, end], message }) => {
    const { line } = excerptOf(text, { start, end }).details;
    const raw = text.slice(text.lastIndexOf('\n', start - 1) + 1).split(/\r?\n/, 1)[0] ?? '';
    // The parser quotes what it stumbled over, and that may be a secret.
    return problem('syntax', { start, end }, line === raw ? `${visible(message)}.` : 'The YAML is malformed here.');
  });
  throwAny(syntax);

  const value = readValue(document, (message) => problem('syntax', { start: 0, end: 1 }, message));
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  throwAny(
    result.error.issues
      .flatMap((issue) => explain(issue, document, value))
      .sort((a, b) => a.span.start - b.span.start)
      .map(({ code, span, message, next }) => problem(code, span, message, next)),
  );
  throw new TypeError('a configuration was refused without a reason');
}

function throwAny(problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw new Fault(first, ...others);
}

function readValue(document: Document, problem: (message: string) => Problem): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch {
    throw new Fault(problem('The YAML can not be read: it has too many aliases.'));
  }
}

interface Explained {
  readonly code: string;
  readonly span: Span;
  readonly message: string;
  readonly next?: readonly string[];
}

const howToGiveSecrets = [
  'take it from a file: { file: /path/to/secret }',
  'or from the environment: { env: NAME }',
  'or from a program: { command: [program, argument] }',
];

function explain(issue: z.core.$ZodIssue, document: Document, value: unknown): readonly Explained[] {
  const { path } = issue;
  const name = path.length === 0 ? 'The file' : `\`${path.map((key) => visible(String(key))).join('.')}\``;
  const found = valueAt(value, path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(configSchema, path);
    return issue.keys.map((key) => ({
      code: 'unknown-key',
      span: keySpan(document, [...path, key]),
      message: `\`${visible(key)}\` is not a known key here.${didYouMean(key, known)} Known are ${known.join(', ')}.`,
    }));
  }
  const span = keySpan(document, path);
  if (
    found === undefined &&
    (issue.code === 'invalid_type' || issue.code === 'invalid_union' || issue.code === 'invalid_value')
  )
    return [{ code: 'missing-key', span, message: `${name} is missing.` }];
  if (issue.code === 'custom' && issue.params?.['literalSecret'] === true)
    return [
      {
        code: 'literal-secret',
        span,
        message: `${name} ${issue.message}: user and password have keys of their own.`,
        next: howToGiveSecrets,
      },
    ];
  if (issue.code === 'invalid_union' && isSecretKey(path)) return [secretFault(name, span, found)];
  if (issue.code === 'invalid_union') {
    const meant = meantForm(issue.errors, found);
    if (meant !== null)
      return meant.flatMap((one) => explain({ ...one, path: [...path, ...one.path] }, document, value));
  }
  return [{ code: 'wrong-value', span, message: `${name} ${said(issue, found)}.` }];
}

/**
 * Of the forms that a map may have, the one that was meant: where `kind` or the keys fit best. Null when none can be
 * told from the others.
 */
function meantForm(
  forms: readonly (readonly z.core.$ZodIssue[])[],
  found: unknown,
): readonly z.core.$ZodIssue[] | null {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return null;
  const wrongness = (issues: readonly z.core.$ZodIssue[]): number =>
    issues.reduce(
      (sum, { code, path }) =>
        sum + (path.length === 0 && code !== 'unrecognized_keys' ? 1000 : path[0] === 'kind' ? 100 : 1),
      0,
    );
  const [best] = [...forms].sort((a, b) => wrongness(a) - wrongness(b));
  return best === undefined || wrongness(best) >= 1000 ? null : best;
}

function isSecretKey(path: readonly PropertyKey[]): boolean {
  return ['password', 'key', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'url'].includes(String(path.at(-1)));
}

function secretFault(name: string, span: Span, found: unknown): Explained {
  if (typeof found !== 'object' || found === null) {
    return {
      code: 'literal-secret',
      span,
      message: `${name} is written out here: secrets never stand in the configuration. Change it, since it may have been seen.`,
      next: howToGiveSecrets,
    };
  }
  const hint = Object.keys(found).map((key) => didYouMean(key, ['env', 'file', 'command']))[0] ?? '';
  return {
    code: 'wrong-value',
    span,
    message: `${name} must have exactly one of env, file and command.${hint}`,
    next: howToGiveSecrets,
  };
}

function said(issue: z.core.$ZodIssue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}, not ${article(kindOf(found))}`;
    case 'invalid_value':
      return `must be ${issue.values.map((one) => `\`${String(one)}\``).join(' or ')}`;
    case 'invalid_union': {
      const options = issue.errors.flatMap((errors) => errors.slice(0, 1).map((one) => said(one, found)));
      return options.some((option) => option.includes('a duration such as'))
        ? 'must be a number of milliseconds or a duration such as 500ms, 10s or 5m'
        : [...new Set(options)].join(', or ');
    }
    case 'invalid_key':
      return `has a name that can't be used: it ${issue.issues[0]?.message ?? 'is malformed'}`;
    default:
      return issue.message.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  }
}

const kinds: Readonly<Record<string, string>> = {
  record: 'map',
  object: 'map',
  array: 'list',
  tuple: 'list',
  int: 'whole number',
  null: 'empty value',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function article(kind: string): string {
  const word = kinds[kind] ?? kind;
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (here, key) =>
      typeof here === 'object' && here !== null ? (here as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** Where the key stands that leads to the path, or the nearest one above it that is there. */
function keySpan(document: Document, path: readonly PropertyKey[]): Span {
  let node: unknown = document.contents;
  let span: Span = { start: 0, end: 1 };
  for (const key of path) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key));
      if (pair === undefined) return span;
      span = spanOf(pair.key, span);
      next = pair.value;
    } else if (isSeq(node)) {
      next = node.items[Number(key)];
      span = spanOf(next, span);
    } else return span;
    node = next;
  }
  return span;
}

function spanOf(node: unknown, otherwise: Span): Span {
  const range = (node as Node | null)?.range;
  return range === undefined || range === null ? otherwise : { start: range[0], end: range[1] };
}

import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Scalar,
} from 'yaml';
import { canonicalJson, type Json } from './json.ts';

/** A variable of a service. `known` false: its value comes from elsewhere (`${…}`, or taken over from the caller). */
export interface ComposeVariable {
  readonly value: string;
  readonly known: boolean;
}

/** What of a compose file decides the environment and the arguments of one service. */
export interface ComposeService {
  readonly environment: ReadonlyMap<string, ComposeVariable>;
  /** Words of `command` and `entrypoint`. */
  readonly words: readonly string[];
  /** Files named by `env_file`: what they set is overridden by `environment`, and not read here. */
  readonly envFiles: readonly string[];
}

/** Why a compose file can't be read or edited, in words for a person. */
export interface ComposeRefusal {
  readonly refused: string;
}

/** One service of a compose file. */
export function readComposeService(text: string, service: string): ComposeService | ComposeRefusal {
  const document = parse(text);
  if ('refused' in document) return document;
  const node = document.getIn(['services', service]);
  if (!isMap(node)) return { refused: `it has no service ${JSON.stringify(service)}` };
  const whole = document.toJS() as { services: Record<string, Record<string, unknown>> };
  const data = whole.services[service] ?? {};
  return {
    environment: variablesOf(data['environment'], document.getIn(['services', service, 'environment'], true)),
    words: [...wordsOf(data['entrypoint']), ...wordsOf(data['command'])],
    envFiles: [data['env_file'] ?? []].flat().map((file) => (typeof file === 'string' ? file : JSON.stringify(file))),
  };
}

/**
 * The text with one variable of a service set; comments, order, quotes and white space of everything else stay. The
 * result is read again: a change of anything but that variable is refused.
 */
export function setComposeVariable(
  text: string,
  service: string,
  name: string,
  value: string,
): { readonly text: string } | ComposeRefusal {
  const document = parse(text);
  if ('refused' in document) return document;
  const environment = document.getIn(['services', service, 'environment'], true);
  if (isAlias(environment) || isShared(document, environment))
    return { refused: 'its environment is shared with other services by an anchor' };
  const written = value.replaceAll('$', '$$$$');
  const edited = isMap(environment)
    ? setInMap(text, environment, name, written)
    : isSeq(environment)
      ? setInList(text, environment, name, written)
      : null;
  if (edited === null) return { refused: `its service ${JSON.stringify(service)} has no environment to edit` };
  return sameBut(text, edited, service, name, value)
    ? { text: edited }
    : { refused: 'it is laid out in a way that is not understood well enough to edit it' };
}

function parse(text: string): Document.Parsed | ComposeRefusal {
  const document = parseDocument(text, { merge: true, uniqueKeys: true });
  const [error] = document.errors;
  return error === undefined ? document : { refused: `it is not valid YAML: ${error.message.split('\n')[0] ?? ''}` };
}

function variablesOf(data: unknown, node: unknown): ReadonlyMap<string, ComposeVariable> {
  if (Array.isArray(data)) {
    return new Map(
      data.map((item: unknown) => {
        const line = String(item);
        const at = line.indexOf('=');
        return at < 0 ? [line, { value: '', known: false }] : [line.slice(0, at), interpolated(line.slice(at + 1))];
      }),
    );
  }
  if (typeof data !== 'object' || data === null) return new Map();
  return new Map(
    Object.entries(data).map(([name, value]) => {
      const scalar = isMap(node) ? node.get(name, true) : undefined;
      // `012` and `yes` reach the container as they are written.
      const plain = isScalar(scalar) && scalar.type === 'PLAIN' ? scalar.source : undefined;
      if (value === null) return [name, { value: '', known: false }];
      return [name, interpolated(plain ?? String(value))];
    }),
  );
}

function interpolated(raw: string): ComposeVariable {
  const known = !/(?<!\$)(?:\$\$)*\$(?:\{|[A-Za-z_])/.test(raw);
  return { value: raw.replaceAll('$$', '$'), known };
}

function wordsOf(command: unknown): readonly string[] {
  if (Array.isArray(command)) return command.map(String);
  return typeof command === 'string' ? command.split(/\s+/).map((word) => word.replace(/^(["'])(.*)\1$/, '$2')) : [];
}

function setInMap(text: string, map: Node, name: string, value: string): string | null {
  if (!isMap(map) || !map.range) return null;
  const pair = map.items.find((item) => isScalar(item.key) && String(item.key.source ?? item.key.value) === name);
  if (pair !== undefined) return isScalar(pair.value) || isAlias(pair.value) ? replaced(text, pair.value, value) : null;
  return inserted(text, map, map.items.at(-1), `${name}: ${JSON.stringify(value)}`, '');
}

function setInList(text: string, list: Node, name: string, value: string): string | null {
  if (!isSeq(list) || !list.range) return null;
  const item = list.items.findLast(
    (candidate) => isScalar(candidate) && (candidate.value === name || String(candidate.value).startsWith(`${name}=`)),
  );
  if (isScalar(item)) return replaced(text, item, `${name}=${value}`);
  return inserted(text, list, list.items.at(-1), JSON.stringify(`${name}=${value}`), '- ');
}

function replaced(text: string, node: Node, value: string): string | null {
  if (!node.range) return null;
  const [start, end] = node.range;
  const old = text.slice(start, end);
  const scalar = written(isScalar(node) ? node.type : undefined, value);
  return `${text.slice(0, start)}${old === '' ? ' ' : ''}${scalar}${/\r?\n$/.exec(old)?.[0] ?? ''}${text.slice(end)}`;
}

/** In the old style where that style can hold it. */
function written(style: Scalar['type'], value: string): string {
  if (style === 'PLAIN' && /^[A-Za-z_/-][A-Za-z0-9_./@%+=$-]*(?: [A-Za-z0-9_./@%+=$-]+)*$/.test(value)) {
    const [document, isText] = [parseDocument(value), /^(?:true|false|yes|no|on|off|null|~|y|n|-)$/i.test(value)];
    if (!isText && document.contents !== null && isScalar(document.contents) && document.contents.value === value)
      return value;
  }
  if (style === 'QUOTE_SINGLE' && /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$/.test(value))
    return `'${value.replaceAll("'", "''")}'`;
  return JSON.stringify(value);
}

function inserted(text: string, collection: Node, last: unknown, entry: string, dash: string): string | null {
  if (!collection.range || !isCollection(collection)) return null;
  if (collection.flow) {
    const close = collection.range[1] - 1;
    const body = text.slice(collection.range[0] + 1, close);
    const comma = last === undefined || /,\s*$/.test(body) ? '' : ', ';
    return `${text.slice(0, close).trimEnd()}${comma}${entry}${/\s*$/.exec(text.slice(0, close))?.[0] ?? ''}${text.slice(close)}`;
  }
  const start = collection.range[0];
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const indent = text.slice(lineStart, start);
  if (/[^ ]/.test(indent)) return null;
  const lastNode = lastOf(last);
  if (!lastNode?.range) return null;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const from = text[lastNode.range[1] - 1] === '\n' ? lastNode.range[1] - 1 : lastNode.range[1];
  const lineEnd = text.indexOf('\n', from);
  const line = `${indent}${dash}${entry}${eol}`;
  if (lineEnd < 0) return `${text}${eol}${line}`;
  return `${text.slice(0, lineEnd + 1)}${line}${text.slice(lineEnd + 1)}`;
}

function lastOf(item: unknown): Node | null {
  if (typeof item !== 'object' || item === null) return null;
  if ('key' in item && 'value' in item) return (item.value ?? item.key) as Node;
  return item as Node;
}

function isShared(document: Document, node: unknown): boolean {
  if (typeof node !== 'object' || node === null || !('anchor' in node) || node.anchor === undefined) return false;
  let shared = false;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.source === node.anchor) shared = true;
    },
  });
  return shared;
}

function sameBut(before: string, after: string, service: string, name: string, value: string): boolean {
  const [old, fresh] = [readComposeService(before, service), readComposeService(after, service)];
  if ('refused' in old || 'refused' in fresh) return false;
  const expected = { ...Object.fromEntries(old.environment), [name]: { value, known: true } };
  const without = (text: string): Json => {
    const data = parseDocument(text, { merge: true }).toJS() as { services: Record<string, Record<string, Json>> };
    delete data.services[service]?.['environment'];
    return data;
  };
  return (
    canonicalJson(expected as unknown as Json) ===
      canonicalJson(Object.fromEntries(fresh.environment) as unknown as Json) &&
    canonicalJson(without(before)) === canonicalJson(without(after))
  );
}

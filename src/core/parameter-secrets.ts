import type { Json, JsonObject } from './json.ts';

const namesSecret = /pass(word|wd|phrase)?$|secret|token|credential|private[-_]?key/i;
/** A URI whose userinfo has a password, anywhere in the text, or one that carries a secret in its query. */
const uriWithPassword = /[a-z][a-z0-9+.-]*:\/\/[^\s@/?#]*:[^\s@]*@|[?&](pass(word|phrase)?|secret|token)=/i;

/**
 * Splits secret values off a vhost's parameters (shovels and federation upstreams hold passwords in clear): each becomes
 * `{"$secret": item}`, at any depth. Secret is a text that is a URI with a password, and whatever a key named like a
 * password holds.
 */
export function splitSecrets(parameters: readonly JsonObject[]): {
  readonly parameters: readonly JsonObject[];
  readonly secrets: Readonly<Record<string, Json>>;
} {
  const secrets: Record<string, Json> = {};
  const split = parameters.map((parameter) => {
    const value = parameter['value'];
    if (value === undefined) return parameter;
    return { ...parameter, value: without(value, itemOf(parameter), false, secrets) };
  });
  return { parameters: split, secrets };
}

/** Puts secret values back where {@link splitSecrets} took them; marks whose value isn't given stay. */
export function joinSecrets(
  parameters: readonly JsonObject[],
  secrets: Readonly<Record<string, Json>>,
): readonly JsonObject[] {
  return parameters.map((parameter) => {
    const value = parameter['value'];
    return value === undefined ? parameter : { ...parameter, value: withSecrets(value, itemOf(parameter), secrets) };
  });
}

/** The same parameter with its secret values marked, for screens and journals. */
export function maskSecrets(parameter: JsonObject): JsonObject {
  return splitSecrets([parameter]).parameters[0] ?? parameter;
}

function itemOf(parameter: JsonObject): string {
  return [parameter['component'], parameter['name']]
    .map((part) => encodeURIComponent(typeof part === 'string' ? part : ''))
    .join('/');
}

function without(value: Json, at: string, secret: boolean, found: Record<string, Json>): Json {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value !== 'object') {
    if (!secret && !(typeof value === 'string' && uriWithPassword.test(value))) return value;
    found[at] = value;
    return { $secret: at };
  }
  const below = (key: string, item: Json, marked: boolean): Json =>
    without(item, `${at}/${encodeURIComponent(key)}`, secret || marked, found);
  if (isList(value)) return value.map((item, index) => below(String(index), item, false));
  // A mark of an earlier split stays: splitting twice gives the same.
  if (value['$secret'] === at) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, below(key, item, namesSecret.test(key))]));
}

function withSecrets(value: Json, at: string, secrets: Readonly<Record<string, Json>>): Json {
  if (value === null || typeof value !== 'object') return value;
  const below = (key: string, item: Json): Json => withSecrets(item, `${at}/${encodeURIComponent(key)}`, secrets);
  if (isList(value)) return value.map((item, index) => below(String(index), item));
  if (value['$secret'] === at && Object.hasOwn(secrets, at)) return secrets[at] ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, below(key, item)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

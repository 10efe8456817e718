/**
 * The secrets that this process has resolved, so that nothing that is written or shown holds one. Values never leave
 * it: it answers with names only.
 */
export interface SecretRegistry {
  /** Adds a value under a name for messages, such as `environments.prod.rabbitmq.password`. */
  register(name: string, value: string): void;
  names(): readonly string[];
  /** Names of values with fewer than 8 characters: searching for those would hit by chance. */
  shortNames(): readonly string[];
  /** Name of a secret that the text holds, as it is or encoded (URL, JSON, base64); null when it holds none. */
  findIn(text: string): string | null;
  /** The text with each secret, in whatever encoding, replaced by `[secret NAME]`. */
  redact(text: string): string;
}

/** Characters that a value needs before text is searched for it. */
const shortestSearched = 8;

interface Needle {
  readonly name: string;
  readonly text: string;
}

/** An empty registry. */
export function createSecretRegistry(): SecretRegistry {
  const values = new Map<string, string>();
  let needles: readonly Needle[] = [];
  return {
    register(name, value) {
      if (values.get(name) === value) return;
      values.set(name, value);
      const forms = value.length < shortestSearched ? [] : encodings(value);
      // An earlier value under the same name stays searched for: a rotated password is still a password.
      needles = [...needles, ...forms.map((text) => ({ name, text }))].sort((a, b) => b.text.length - a.text.length);
    },
    names: () => [...values.keys()],
    shortNames: () => [...values].filter(([, value]) => value.length < shortestSearched).map(([name]) => name),
    findIn: (text) => needles.find((needle) => text.includes(needle.text))?.name ?? null,
    redact: (text) =>
      needles.reduce((shown, needle) => shown.replaceAll(needle.text, () => `[secret ${needle.name}]`), text),
  };
}

function encodings(value: string): readonly string[] {
  const plain = [value, ...urlEncodings(value), ...base64Encodings(value)];
  // Up to three times over: JSON text inside a JSON string of a record that is itself a line of JSON.
  const once = plain.flatMap((form) => jsonEscapes(form));
  const twice = once.flatMap((form) => jsonEscapes(form));
  return [...new Set([...plain, ...once, ...twice, ...twice.flatMap((form) => jsonEscapes(form))])];
}

function urlEncodings(value: string): readonly string[] {
  // Half a surrogate pair can't be encoded: encodeURIComponent would throw.
  const wellFormed = Buffer.from(value, 'utf8').toString('utf8');
  const usual = encodeURIComponent(wellFormed);
  const strict = usual.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams({ v: value }).toString().slice(2);
  const upper = [usual, strict, form, encodeURI(wellFormed)];
  return [...upper, ...upper.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/**
 * The part of the base64 text that the value alone decides, for each of the three places in a group of three bytes
 * at which it can begin: `user:password` as a whole is encoded, for instance, and what stands before is not known.
 */
function base64Encodings(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const own = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(own)];
  });
}

function jsonEscapes(text: string): readonly string[] {
  const usual = JSON.stringify(text).slice(1, -1);
  const ascii = usual.replace(/[\u007f-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [usual, ascii, usual.replaceAll('/', '\\/')];
}

import { readUri, type CdcConfig, type CdcConfigKind } from './cdc-config.ts';
import { setComposeVariable } from './compose-env.ts';
import { setEnvVariable } from './env-file.ts';
import { Fault } from './fault.ts';
import { lineDiff, type DiffLine } from './line-diff.ts';
import { maskSecrets } from './mask-secrets.ts';
import { setOption } from './maxwell-options.ts';
import { asLatin1, asUtf8, optionsVariable, readMaxwellSettings, readVariable } from './maxwell-settings.ts';
import { setProperty } from './properties-file.ts';

/** Where CDC is to publish. What is left out keeps its effective value, written out where it was only a default. */
export interface RepointTarget {
  readonly vhost: string;
  readonly user?: string;
  /** The password itself, resolved by the caller just before. It goes into the file and nowhere else. */
  readonly password?: string;
  readonly host?: string;
}

/** An edited configuration file. */
export interface Repointed {
  readonly bytes: Uint8Array;
  /** Lines that change, secrets masked. Empty when the file says all of it already. */
  readonly diff: readonly DiffLine[];
  /** Maxwell's names of the settings that got another value or were made explicit. */
  readonly changed: readonly string[];
}

/**
 * The configuration file with vhost, user and password set explicitly (a default is not enough: see effectiveTarget),
 * and the host when it is given; everything else byte for byte. Each setting is changed where its effective value is.
 *
 * @throws Fault `cdc.config-unreadable` (usage) · `cdc.credentials-in-uri` when user or password are only in the URI,
 * where Maxwell does not take them from · `cdc.edit-refused` when a value can't be written there so that it arrives
 * (exit blocked both; the message holds no secret)
 */
export function repointed(bytes: Uint8Array, kind: CdcConfigKind, file: string, target: RepointTarget): Repointed {
  const config = readMaxwellSettings(bytes, kind, file);
  const wanted = wantedSettings(config, target, file);
  const utf8 = kind.kind === 'compose';
  const before = utf8 ? asUtf8(bytes, file) : asLatin1(bytes);
  let text = before;
  const changed: string[] = [];
  for (const [name, value] of wanted) {
    const now = config.values.get(name);
    if (now?.value === value && now.source !== 'default' && now.known) continue;
    text = setOne(text, kind, config, file, name, value);
    changed.push(name);
  }
  const after = Buffer.from(text, utf8 ? 'utf8' : 'latin1');
  confirmSettings(readMaxwellSettings(after, kind, file), wanted, config, file);
  const secrets = secretsOf(config, target);
  const shown = (line: string): string => (utf8 ? line : Buffer.from(line, 'latin1').toString('utf8'));
  return {
    bytes: after,
    diff: lineDiff(before, text).map((line) => ({ ...line, text: maskSecrets(shown(line.text), secrets) })),
    changed,
  };
}

function wantedSettings(config: CdcConfig, target: RepointTarget, file: string): ReadonlyMap<string, string> {
  const uri = readUri(config.values.get('rabbitmq_uri')?.value ?? '');
  const wanted = new Map([['rabbitmq_virtual_host', target.vhost]]);
  for (const [name, given, inUri, flag] of [
    ['rabbitmq_user', target.user, uri?.user, 'user'],
    ['rabbitmq_pass', target.password, uri?.password, 'password'],
  ] as const) {
    const now = config.values.get(name);
    if (given === undefined && inUri !== undefined && now?.source === 'default') throw onlyInUri(file, name, flag);
    if (given === undefined && now?.known === false) continue;
    wanted.set(name, given ?? now?.value ?? 'guest');
  }
  if (target.host !== undefined) wanted.set('rabbitmq_host', target.host);
  return wanted;
}

function setOne(
  text: string,
  kind: CdcConfigKind,
  config: CdcConfig,
  file: string,
  name: string,
  value: string,
): string {
  if (kind.kind === 'properties') return setProperty(text, name, value);
  const now = placeOf(config, name);
  if (now === 'command') throw refused(file, name, `it is an argument in the service's command`);
  const read = (): string => {
    const found = readVariable(Buffer.from(text, kind.kind === 'compose' ? 'utf8' : 'latin1'), kind, file, now);
    if (found === null) throw refused(file, name, `${now} is taken from somewhere else`);
    return found;
  };
  const written = now === optionsVariable ? setOption(read(), name, value) : value;
  if (written === null) throw refused(file, name, 'its value has characters that a shell would change on the way');
  if (kind.kind === 'env') {
    const edited = setEnvVariable(text, now, written);
    if (edited === null)
      throw refused(file, name, 'its value has characters that not every reader of such a file takes alike');
    return edited;
  }
  const edited = setComposeVariable(text, kind.service, now, written);
  if ('refused' in edited) throw refused(file, name, edited.refused);
  return edited.text;
}

/** The variable that a setting is to be written to: its own place, else that of its nearest relatives. */
function placeOf(config: CdcConfig, name: string): string {
  const own = config.values.get(name);
  if (own !== undefined && own.source !== 'default') return own.from;
  const relatives = [...config.values].filter(
    ([key, { source }]) => key.startsWith('rabbitmq_') && source !== 'default',
  );
  const [relative, value] = relatives[0] ?? [];
  if (relative === undefined || value === undefined || value.source === 'argument') return optionsVariable;
  const prefix = value.from.slice(0, value.from.length - relative.length);
  const upper = value.from === value.from.toUpperCase();
  return `${prefix}${upper ? name.toUpperCase() : name}`;
}

function confirmSettings(now: CdcConfig, wanted: ReadonlyMap<string, string>, before: CdcConfig, file: string): void {
  for (const [name, { value, known }] of now.values) {
    const expected = wanted.get(name) ?? before.values.get(name)?.value;
    if (expected !== value || (wanted.has(name) && !known))
      throw refused(file, name, 'the edited file would not read as it should');
  }
}

function secretsOf(config: CdcConfig, target: RepointTarget): readonly string[] {
  const own = [...config.values].filter(([name]) => /pass|secret|token/i.test(name)).map(([, { value }]) => value);
  const inUri = readUri(config.values.get('rabbitmq_uri')?.value ?? '')?.password;
  return [...own, ...(target.password === undefined ? [] : [target.password]), ...(inUri === undefined ? [] : [inUri])];
}

function onlyInUri(file: string, name: string, flag: string): Fault {
  return new Fault({
    code: 'cdc.credentials-in-uri',
    message: `${file} has CDC's ${flag} only in rabbitmq_uri, where Maxwell does not take it from: it uses ${name}, which is not set, and so "guest".`,
    where: file,
    next: [`say which ${flag} CDC is to use, so that ${name} can be set`],
    exit: 'blocked',
  });
}

function refused(file: string, name: string, why: string): Fault {
  return new Fault({
    code: 'cdc.edit-refused',
    message: `${name} can't be set in ${file}: ${why}. Nothing was changed.`,
    where: file,
    next: [`set ${name} by hand there, then run again`],
    exit: 'blocked',
  });
}

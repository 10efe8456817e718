import { maxwellDefaults, type CdcConfig, type CdcConfigKind, type CdcValue } from './cdc-config.ts';
import { readComposeService, type ComposeVariable } from './compose-env.ts';
import { readEnvFile } from './env-file.ts';
import { Fault } from './fault.ts';
import { optionWords, readOptions } from './maxwell-options.ts';
import { readProperties } from './properties-file.ts';

/**
 * Maxwell's settings out of the bytes of its configuration file, strongest first as Maxwell takes them: arguments
 * (`command:` of a compose file, `MAXWELL_OPTIONS` of its image), environment variables under `env_config_prefix`,
 * properties, defaults. What other files and the caller's environment add is not seen, and named in the warnings.
 *
 * @throws Fault `cdc.config-unreadable` (exit usage)
 */
export function readMaxwellSettings(bytes: Uint8Array, kind: CdcConfigKind, file: string): CdcConfig {
  const warnings: string[] = [];
  const values = new Map<string, CdcValue>(
    Object.entries(maxwellDefaults).map(([name, value]) => [name, { value, source: 'default', from: '', known: true }]),
  );
  if (kind.kind === 'properties') {
    for (const [name, value] of readProperties(asLatin1(bytes)))
      values.set(name, { value, source: 'properties', from: name, known: true });
    const prefix = values.get('env_config_prefix')?.value;
    if (prefix !== undefined)
      warnings.push(`Environment variables that begin with ${prefix} override this file, and are not seen here.`);
    return { values, warnings };
  }
  const { variables, words } = variablesOf(bytes, kind, file, warnings);
  const inOptions = variables.get(optionsVariable);
  const options = readOptions(optionWords(inOptions?.value ?? ''));
  const ownWords = readOptions(words);
  const prefix = prefixOf(variables, ownWords.get('env_config_prefix') ?? options.get('env_config_prefix'), warnings);
  if (prefix !== null) {
    for (const [name, { value, known }] of variables)
      if (name.toLowerCase().startsWith(prefix))
        values.set(name.toLowerCase().slice(prefix.length), { value, source: 'variable', from: name, known });
  }
  for (const [name, value] of options)
    values.set(name, {
      value,
      source: 'argument',
      from: optionsVariable,
      known: inOptions?.known !== false || !value.includes('$'),
    });
  for (const [name, value] of ownWords)
    values.set(name, { value, source: 'argument', from: 'command', known: !value.includes('$') });
  for (const name of ['config', 'env_config'])
    if (values.has(name))
      warnings.push(`Maxwell also reads ${values.get(name)?.value ?? ''} (${name}), which is not seen here.`);
  return { values, warnings };
}

/** Variable of Maxwell's image that holds arguments. */
export const optionsVariable = 'MAXWELL_OPTIONS';

/** A variable's whole value; empty when it is not set, null when it comes from elsewhere. */
export function readVariable(bytes: Uint8Array, kind: CdcConfigKind, file: string, name: string): string | null {
  if (kind.kind === 'properties') return null;
  const found = variablesOf(bytes, kind, file, []).variables.get(name);
  return found?.known === false ? null : (found?.value ?? '');
}

/** Bytes as text, one character each, so that edits keep any encoding. */
export function asLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** UTF-8 as text; a Fault for anything else. */
export function asUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(file, 'it is not UTF-8 text');
  }
}

/** The Fault for a configuration file that can't be used. */
export function unreadable(file: string, why: string): Fault {
  return new Fault({
    code: 'cdc.config-unreadable',
    message: `CDC's configuration ${file} can't be read: ${why}.`,
    where: file,
    next: ['correct cdc.config in the configuration of esr-ops, or the file'],
    exit: 'usage',
  });
}

function variablesOf(
  bytes: Uint8Array,
  kind: Exclude<CdcConfigKind, { kind: 'properties' }>,
  file: string,
  warnings: string[],
): { readonly variables: ReadonlyMap<string, ComposeVariable>; readonly words: readonly string[] } {
  if (kind.kind === 'env') {
    const entries = [...readEnvFile(asLatin1(bytes))].map(([name, value]) => [name, { value, known: true }] as const);
    return { variables: new Map(entries), words: [] };
  }
  const service = readComposeService(asUtf8(bytes, file), kind.service);
  if ('refused' in service) throw unreadable(file, service.refused);
  for (const envFile of service.envFiles)
    warnings.push(`The service also takes variables from ${envFile}, which is not seen here.`);
  return { variables: service.environment, words: service.words };
}

function prefixOf(
  variables: ReadonlyMap<string, ComposeVariable>,
  named: string | undefined,
  warnings: string[],
): string | null {
  if (named !== undefined) return named.toLowerCase();
  const guess = [...variables.keys()].some((name) => /^maxwell_rabbitmq_/i.test(name));
  if (!guess) return null;
  warnings.push('No env_config_prefix is seen here; variables that begin with MAXWELL_ are taken as settings.');
  return 'maxwell_';
}

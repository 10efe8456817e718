import { stat } from 'node:fs/promises';
import type { Environment, SecretRef } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import type { Secrets } from './secrets.ts';

/** Settings whose values are references to secrets, by their names. */
const secretSetting = /password|passphrase|secret|token|key|url|webhook/i;

/** Resolves every secret of the environment, so that it can be searched for; returns the names of those that can't be. */
export async function resolveAll(environment: Environment, secrets: Secrets): Promise<readonly string[]> {
  const unresolved: string[] = [];
  for (const { name, ref } of secretRefsOf(environment)) {
    try {
      await secrets.resolve(ref, name);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      unresolved.push(name);
    }
  }
  return unresolved;
}

/**
 * Resolves those that need no program: what others say may repeat one that this command does not use itself. One that
 * can't be had is left out; whoever uses it says so.
 */
export async function resolveNear(environment: Environment, secrets: Secrets): Promise<void> {
  for (const { name, ref } of secretRefsOf(environment)) {
    if (!(await isNear(ref))) continue;
    await secrets.resolve(ref, name).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
    });
  }
}

/** A pipe waits for its writer, and gives its content once. */
async function isNear(ref: SecretRef): Promise<boolean> {
  if (!('file' in ref)) return 'env' in ref;
  const found = await stat(ref.file).catch(() => null);
  return found?.isFile() ?? false;
}

/** Every secret that the environment refers to, with the name under which it is resolved elsewhere. */
function secretRefsOf(environment: Environment): readonly { readonly name: string; readonly ref: SecretRef }[] {
  return refsIn(environment, `environments.${environment.name}`, '');
}

function refsIn(value: unknown, path: string, setting: string): readonly { name: string; ref: SecretRef }[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item: unknown, at) => refsIn(item, `${path}.${at}`, setting));
  if (secretSetting.test(setting) && isRef(value)) return [{ name: path, ref: value }];
  return Object.entries(value).flatMap(([name, item]: [string, unknown]) => refsIn(item, `${path}.${name}`, name));
}

function isRef(value: object): value is SecretRef {
  const [only, ...others] = Object.entries(value) as [string, unknown][];
  if (only === undefined || others.length > 0) return false;
  const [name, content] = only;
  return name === 'command' ? Array.isArray(content) : ['env', 'file'].includes(name) && typeof content === 'string';
}

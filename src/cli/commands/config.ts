import type { ExitName } from '../../core/exit-codes.ts';
import type { Composition } from '../composition.ts';

/** `config show` */
export async function showConfig(composition: Composition): Promise<ExitName> {
  composition.host.result({ code: 'config.shown', payload: await composition.config.show() });
  return 'done';
}

/** `config schema` */
export async function showConfigSchema(composition: Composition): Promise<ExitName> {
  composition.host.result({ code: 'config.schema', payload: { schema: await composition.config.schema() } });
  return 'done';
}

/** `config check`: exit 11 when anything was found. */
export async function checkConfig(composition: Composition): Promise<ExitName> {
  const environment = await composition.environment();
  const checks = await composition.config.check();
  composition.host.result({ code: 'config.checked', payload: { environment: environment.name, checks } });
  return checks.every((check) => check.ok) ? 'done' : 'findings';
}

/** `config example` */
export async function showConfigExample(composition: Composition): Promise<ExitName> {
  const body = await composition.config.example();
  composition.host.result({ code: 'help.topic', payload: { topic: 'config example', body } });
  return 'done';
}

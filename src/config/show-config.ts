import type { Json } from '../core/json.ts';
import type { Config } from './load-config.ts';

/** The configuration as it is understood, defaults filled in. Secrets are shown as where they come from, never as what they are. */
export function showConfig(config: Config): Json {
  return JSON.parse(
    JSON.stringify({
      version: 1,
      defaultEnvironment: config.defaultEnvironment,
      state: config.stateRoot,
      runbooks: config.runbooks,
      environments: Object.fromEntries(config.environments),
    }),
  ) as Json;
}

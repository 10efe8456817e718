import { didYouMean } from '../core/closest.ts';
import type { Environment } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import { visible } from '../core/visible.ts';
import type { Config } from './load-config.ts';

/**
 * The environment to work on: `--env`, else `defaultEnvironment`, else the only one there is. Faults (exit usage):
 * `config.no-lab`, `config.unknown-environment`, `config.no-environment` (several, none named), `config.missing`.
 */
export function chooseEnvironment(config: Config, name?: string): Environment {
  const wanted = name ?? config.defaultEnvironment ?? onlyOne(config);
  const found = config.environments.get(wanted);
  if (found !== undefined) return found;
  const broken = config.brokenLabs.get(wanted);
  if (broken !== undefined) throw broken;
  const names = [...config.environments.keys()];
  if (/^lab(-|$)/.test(wanted)) {
    throw new Fault({
      code: 'config.no-lab',
      message: `${wanted === 'lab' ? 'No lab is up.' : `No lab named ${visible(wanted.slice(4))} is up.`}${didYouMean(wanted, names)}`,
      exit: 'usage',
      next: [wanted === 'lab' ? 'esr-ops lab up' : `esr-ops lab up --name ${visible(wanted.slice(4))}`],
    });
  }
  throw new Fault({
    code: 'config.unknown-environment',
    message: `There is no environment \`${visible(wanted)}\`.${didYouMean(wanted, names)} ${listed(names)}`,
    ...(config.file === null ? {} : { where: config.file }),
    exit: 'usage',
    next: names.length > 0 ? [`--env ${names[0] ?? ''}`] : ['esr-ops lab up'],
  });
}

function onlyOne(config: Config): string {
  const names = [...config.environments.keys()];
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  if (only !== undefined) {
    throw new Fault({
      code: 'config.no-environment',
      message: `Which environment is meant? ${listed(names)}`,
      exit: 'usage',
      next: ['--env NAME', 'or set defaultEnvironment in the configuration'],
    });
  }
  throw new Fault({
    code: 'config.missing',
    message: `There is no configuration with an environment. Looked for ${config.lookedFor.join(' and ')}.`,
    exit: 'usage',
    next: ['esr-ops config schema', 'esr-ops lab up   (to learn, without any configuration)'],
  });
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'None is configured.' : `There are: ${names.join(', ')}.`;
}

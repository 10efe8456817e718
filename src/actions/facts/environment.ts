import { componentHost } from '../../core/component-engine.ts';
import type { Environment } from '../../core/environment.ts';
import type { FactDeclaration } from '../../core/facts.ts';
import { localHost } from '../../core/reach-of.ts';
import { known, type FactSource } from './source.ts';

type EnvironmentFact = FactDeclaration & { readonly value: (environment: Environment) => string | boolean };

const declared: readonly EnvironmentFact[] = [
  {
    name: 'env.name',
    type: 'string',
    help: 'name of the environment',
    decides: true,
    value: (environment) => environment.name,
  },
  {
    name: 'env.protected',
    type: 'bool',
    help: 'the environment is protected',
    decides: true,
    value: (environment) => environment.protected,
  },
  {
    name: 'env.vhost',
    type: 'string',
    help: 'the vhost of the environment',
    decides: true,
    value: (environment) => environment.rabbitmq?.vhost ?? '',
  },
  {
    name: 'env.cdc',
    type: 'string',
    values: ['manual', 'none', 'controlled'],
    help: 'how CDC is controlled in the environment',
    decides: true,
    value: ({ cdc }) => (typeof cdc === 'string' ? cdc : 'controlled'),
  },
  {
    name: 'env.docker',
    type: 'string',
    help: 'the host with the Docker engine: the only one that the configuration has, else this machine',
    decides: true,
    value: ({ docker, components }) => {
      const inContainers = components.filter(({ control }) => control.kind === 'container');
      const hosts = new Set([...Object.keys(docker), ...inContainers.map(componentHost)]);
      const [only] = hosts;
      return hosts.size === 1 && only !== undefined ? only : localHost;
    },
  },
  {
    name: 'env.loads',
    type: 'bool',
    help: 'the configuration has load types with a schedule that are not the shipped examples',
    decides: true,
    value: ({ loadTypes }) => loadTypes.some(({ schedule, example }) => schedule !== null && !example),
  },
  {
    name: 'env.rebootable',
    type: 'bool',
    help: 'the configuration says how the broker is rebooted',
    decides: true,
    value: (environment) => environment.rabbitmq?.reboot != null,
  },
];

/** Facts that the configuration alone answers. */
export const environmentFacts: readonly FactSource[] = declared.map(({ value, ...declaration }) => ({
  ...declaration,
  read: (scope) => Promise.resolve(known(value(scope.environment))),
}));

/** Value of an `env.…` fact without reading anything; null for a name that isn't one. */
export function environmentValue(environment: Environment, name: string): string | boolean | null {
  return declared.find((fact) => fact.name === name)?.value(environment) ?? null;
}

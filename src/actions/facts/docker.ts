import { componentHost } from '../../core/component-engine.ts';
import type { FactScope } from '../../core/deciding.ts';
import { lookAtEngine } from '../path-look.ts';
import { known, type FactSource } from './source.ts';

/** Facts of the Docker engine that the runbook is about. */
export const dockerFacts: readonly FactSource[] = [
  {
    name: 'docker.daemon',
    type: 'string',
    values: ['up', 'hung', 'absent'],
    help: "whether the Docker daemon of the runbook's host answers; hung: it listens and says nothing",
    decides: true,
    read: async (scope) => {
      const daemon = await scope.readers.docker({ host: hostOf(scope), endpoint: null }).daemon();
      return known(daemon.is, daemon.is === 'up' ? daemon.version : daemon.evidence);
    },
  },
  {
    name: 'docker.unwell',
    type: 'int',
    help: 'components in containers of the host that do not run, or whose own check says that they do not work',
    decides: false,
    read: async (scope) => {
      const { components } = scope.readers;
      const here = scope.environment.components.filter(
        (one) => one.control.kind === 'container' && componentHost(one) === hostOf(scope),
      );
      const looks = await Promise.all(
        here.map(async (one) => {
          const process = await components.process(one);
          if (process.is !== 'running') return [`${one.name}: ${process.evidence}`];
          const health = await components.health(one);
          return health.is === 'unhealthy' ? [`${one.name}: ${health.evidence}`] : [];
        }),
      );
      const unwell = looks.flat();
      return known(unwell.length, unwell.join('; '));
    },
  },
  {
    name: 'docker.fault',
    type: 'string',
    values: ['none', 'fine', 'hung', 'absent', 'stuck'],
    help: "what of the fault is Docker's: hung, not there, or stuck in a removal; none: load types do not go through it",
    decides: true,
    read: async (scope) => {
      const { is, evidence } = await lookAtEngine(hostOf(scope), scope);
      return known(is, evidence);
    },
  },
];

function hostOf(scope: FactScope): string {
  const { host } = scope.inputs as { host?: unknown };
  return typeof host === 'string' && host !== '' ? host : 'local';
}

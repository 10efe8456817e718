import { componentNamed } from '../component-named.ts';
import { isUnwell, lookAlong, lookAt, needsOf } from '../path-look.ts';
import { known, unknown, type FactSource } from './source.ts';

/** Facts of the component that the runbook is about: its input `component`. */
export const componentFacts: readonly FactSource[] = [
  {
    name: 'component.unconsumed',
    type: 'int',
    help: 'queues of the component that have no consumer; unknown unless the vhost runs',
    decides: false,
    read: async (scope) => {
      const { component: word } = scope.inputs as { component?: unknown };
      if (typeof word !== 'string') return unknown('no component was named');
      const { queues } = componentNamed(word, scope.environment);
      const { rabbitmq } = scope.environment;
      if (queues.length === 0 || rabbitmq === null) return known(0, 'it has no queues');
      const depths = await scope.readers.rabbit.depths(rabbitmq.vhost);
      if (depths === null) return unknown('the vhost is not running, and its consumers are unknown then, not 0');
      const without = queues.filter((name) => !depths.some((queue) => queue.queue === name && queue.consumers > 0));
      return known(without.length, without.join(', '));
    },
  },
  {
    name: 'component.needs',
    type: 'int',
    help: 'components that the one of the runbook needs, directly or not, and that do not work by their own check',
    decides: false,
    read: async (scope) => {
      const { component: word } = scope.inputs as { component?: unknown };
      if (typeof word !== 'string') return unknown('no component was named');
      const needed = needsOf(componentNamed(word, scope.environment), scope);
      const unwell = (await Promise.all(needed.map((one) => lookAt(one, scope)))).filter(isUnwell);
      return known(unwell.length, unwell.map(({ component, evidence }) => `${component.name}: ${evidence}`).join('; '));
    },
  },
  {
    name: 'component.unwell',
    type: 'int',
    help: 'components that load types need, directly or not, that do not run or whose own check says that they do not work',
    decides: false,
    read: async (scope) => {
      const unwell = (await lookAlong(scope)).filter(isUnwell);
      return known(unwell.length, unwell.map(({ component, evidence }) => `${component.name}: ${evidence}`).join('; '));
    },
  },
];

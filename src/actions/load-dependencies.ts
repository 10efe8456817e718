import type { ActionContext } from '../core/action.ts';
import type { Component } from '../core/component.ts';
import type { LoadType } from '../core/load-type.ts';
import type { Blocker } from '../core/plan.ts';

/** Whether the component that runs a load type, and all that it needs, work by their own checks. */
export async function dependencies(
  load: LoadType,
  context: ActionContext,
): Promise<{ readonly blockers: readonly Blocker[]; readonly notes: readonly string[] }> {
  const { components } = context.environment;
  const needed = withNeeds(load.component, components);
  const looked = await Promise.all(
    needed.map(async (component) => ({ component, ...(await context.readers.components.health(component)) })),
  );
  const unhealthy = looked.filter(({ is }) => is === 'unhealthy');
  // One without a process of its own, run by a person or for each load, has nothing that could be asked.
  const unknown = looked.filter(({ is, component }) => is === 'unknown' && component.control.kind !== 'person');
  const healthy = looked.filter(({ is }) => is === 'healthy').map(({ component }) => component.name);
  return {
    blockers:
      unhealthy.length === 0
        ? []
        : [
            {
              code: 'load.dependency',
              message: `${unhealthy.map(({ component }) => component.name).join(' and ')} does not work, and ${load.name} needs it.`,
              items: unhealthy.map(({ evidence }) => evidence),
              remedies: [
                {
                  flag: '--unhealthy',
                  input: 'unhealthy',
                  value: true,
                  label: 'run it although what it needs does not work',
                },
              ],
            },
          ],
    notes: [
      ...(healthy.length === 0 ? [] : [`healthy: ${healthy.join(', ')}`]),
      ...unknown.map(({ component, evidence }) => `not known whether ${component.name} works: ${evidence}`),
      ...(needed.length === 0 ? [`the configuration has no component ${load.component}`] : []),
    ],
  };
}

function withNeeds(name: string, components: readonly Component[]): readonly Component[] {
  const found = new Map<string, Component>();
  const add = (wanted: string): void => {
    const component = components.find((one) => one.name === wanted);
    if (component === undefined || found.has(wanted)) return;
    found.set(wanted, component);
    component.dependsOn.forEach(add);
  };
  add(name);
  return [...found.values()];
}

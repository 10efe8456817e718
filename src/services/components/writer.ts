import { componentEngine } from '../../core/component-engine.ts';
import type { Component } from '../../core/component.ts';
import type { Argv, HostWriter } from '../../core/host-machine.ts';
import type { ComponentsWriter } from '../../core/ports-components.ts';
import type { DockerPlace, DockerWriter } from '../../core/ports-docker.ts';
import { byHand, commandFault, unitName } from './control.ts';

/** Milliseconds for a start and for making one anew, besides its grace for a stop. */
const commandTimeoutMs = 150_000;

/** Changes to components, each by how it is controlled. */
export function createComponentsWriter(
  hostOf: (name: string | null) => HostWriter,
  dockerOf: (place: DockerPlace) => DockerWriter,
): ComponentsWriter {
  const tell = async (component: Component, what: string, argv: Argv, timeoutMs = commandTimeoutMs) => {
    const host = hostOf(component.host);
    const result = await host.run({ changes: argv }, { timeoutMs });
    if (result.exitCode !== 0) throw commandFault(component, what, argv, result, true);
    return { evidence: [`${host.name}: ${argv[0]} for the ${what} of ${component.name} ended with exit code 0`] };
  };
  return {
    stop: async (component) => {
      const { control, stopGraceMs } = component;
      switch (control.kind) {
        case 'container':
          return dockerOf(componentEngine(component)).stop(control.container, stopGraceMs / 1000);
        case 'systemd':
          return tell(
            component,
            'stop',
            ['systemctl', 'stop', '--', unitName(control.unit)],
            stopGraceMs + commandTimeoutMs,
          );
        case 'commands':
          return tell(component, 'stop', control.stop, stopGraceMs + commandTimeoutMs);
        case 'person':
          throw byHand(component, 'stopped');
        default:
          return control satisfies never;
      }
    },
    start: async (component) => {
      const { control } = component;
      switch (control.kind) {
        case 'container':
          return dockerOf(componentEngine(component)).start(control.container);
        case 'systemd':
          return tell(component, 'start', ['systemctl', 'start', '--', unitName(control.unit)]);
        case 'commands':
          return tell(component, 'start', control.start);
        case 'person':
          throw byHand(component, 'started');
        default:
          return control satisfies never;
      }
    },
    recreate: async (component) => {
      const { recreate } = component;
      if (recreate === null) throw byHand(component, 'made anew');
      if (recreate.kind === 'command') return tell(component, 'making anew', recreate.command);
      const { file, service, project } = recreate;
      const named = project === null ? [] : ['--project-name', project];
      const { endpoint } = componentEngine(component);
      const engine = endpoint === null ? [] : ['--host', endpoint];
      const argv: Argv = ['docker', ...engine, 'compose', '--file', file, ...named, 'up', '--detach', '--', service];
      return tell(component, 'making anew', argv);
    },
  };
}

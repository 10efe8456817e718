import type { Component } from './component.ts';
import type { DockerPlace } from './ports-docker.ts';
import { localHost } from './reach-of.ts';

/** Name of the host that a component is on. */
export function componentHost({ host }: Pick<Component, 'host'>): string {
  return host ?? localHost;
}

/** The engine that a component's container is on. */
export function componentEngine(component: Component): DockerPlace {
  const { control } = component;
  return { host: componentHost(component), endpoint: control.kind === 'container' ? control.docker : null };
}

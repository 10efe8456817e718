import { componentHost } from '../core/component-engine.ts';
import type { Component } from '../core/component.ts';
import type { FactScope } from '../core/deciding.ts';
import { Fault } from '../core/fault.ts';
import type { ComponentProcess } from '../core/ports-components.ts';

type Scope = Pick<FactScope, 'environment' | 'readers'>;

/** How one component on the way of the load types is. */
export interface PathSight {
  readonly component: Component;
  /** `sick`: it runs, and by its own check it does not work · `unknown`: nobody can say; that counts as working. */
  readonly is: 'works' | 'sick' | 'stopped' | 'gone' | 'dead' | 'removing' | 'unreadable' | 'unknown';
  readonly evidence: string;
}

/** Lines of a log in which the reason is looked for. */
const logLines = 200;

/** Components that run load types, and all that these need; what is needed comes first. */
export function pathOf({ components, loadTypes }: Scope['environment']): readonly Component[] {
  const path: Component[] = [];
  const visit = (name: string, above: readonly string[]): void => {
    const component = components.find((one) => one.name === name);
    if (component === undefined || path.includes(component) || above.includes(name)) return;
    for (const needed of component.dependsOn) visit(needed, [...above, name]);
    path.push(component);
  };
  for (const { component } of loadTypes) visit(component, []);
  return path;
}

/** Everything that a component needs, and what that needs. */
export function needsOf({ dependsOn }: Component, { environment }: Pick<Scope, 'environment'>): readonly Component[] {
  const found: Component[] = [];
  const visit = (name: string): void => {
    const component = environment.components.find((one) => one.name === name);
    if (component === undefined || found.includes(component)) return;
    found.push(component);
    component.dependsOn.forEach(visit);
  };
  dependsOn.forEach(visit);
  return found;
}

/** Looks at each component on the way: its process, its own check, and the log of one that does not work. */
export async function lookAlong(scope: Scope): Promise<readonly PathSight[]> {
  return await Promise.all(pathOf(scope.environment).map((component) => lookAt(component, scope)));
}

/** Whether somebody has to do something about it. */
export function isUnwell({ is }: PathSight): boolean {
  return is !== 'works' && is !== 'unknown';
}

/** Looks at one. */
export async function lookAt(component: Component, { readers }: Scope): Promise<PathSight> {
  const { components } = readers;
  try {
    const process = await components.process(component);
    const down = downAs(process);
    if (down !== null) return { component, is: down, evidence: process.evidence };
    const health = await components.health(component);
    if (health.is !== 'unhealthy') {
      const is = health.is === 'healthy' ? 'works' : 'unknown';
      return { component, is, evidence: health.evidence };
    }
    const lines = await components.log(component, logLines).catch(() => []);
    const failed = lines.findLast((line) => component.log.failed.some((one) => new RegExp(one, 'u').test(line)));
    const said = failed === undefined ? [] : [`its log: ${failed}`];
    return { component, is: 'sick', evidence: [process.evidence, health.evidence, ...said].join('; ') };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { component, is: 'unreadable', evidence: error.problems[0].message };
  }
}

function downAs({ is, container }: ComponentProcess): PathSight['is'] | null {
  if (is === 'stopped' || is === 'gone') return is;
  if (is !== 'stuck') return null;
  return container?.state === 'dead' ? 'dead' : 'removing';
}

/** What Docker's own part in it is. */
export interface EngineSight {
  /**
   * `none`: no component on the way is a container · `hung`, `absent`: the daemon does not answer, or is not there ·
   * `stuck`: it holds one in a removal that only its restart ends.
   */
  readonly is: 'none' | 'fine' | 'hung' | 'absent' | 'stuck';
  readonly evidence: string;
}

/** Looks at the engine of a host, as far as the way of the load types goes through it. */
export async function lookAtEngine(host: string, scope: Scope): Promise<EngineSight> {
  const here = pathOf(scope.environment).filter(
    (one) => one.control.kind === 'container' && componentHost(one) === host,
  );
  if (here.length === 0) return { is: 'none', evidence: `nothing that load types need is a container of ${host}` };
  const daemon = await scope.readers.docker({ host, endpoint: null }).daemon();
  if (daemon.is !== 'up') return { is: daemon.is, evidence: daemon.evidence };
  const sights = await Promise.all(here.map((component) => lookAt(component, scope)));
  const stuck = sights.find(({ is }) => is === 'removing');
  if (stuck !== undefined) return { is: 'stuck', evidence: `${stuck.component.name}: ${stuck.evidence}` };
  return { is: 'fine', evidence: `version ${daemon.version} answers` };
}

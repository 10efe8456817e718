import { componentEngine } from '../../core/component-engine.ts';
import type { Component } from '../../core/component.ts';
import type { ContainerStatus } from '../../core/container.ts';
import type { HostReader } from '../../core/host-machine.ts';
import type { ComponentProcess, ComponentsReader } from '../../core/ports-components.ts';
import type { DockerPlace, DockerReader } from '../../core/ports-docker.ts';
import { commandState, unitState } from '../cdc/process-state.ts';
import { byHand, commandFault, unitName } from './control.ts';

/** Milliseconds for a look at a unit, or by a command. */
const lookTimeoutMs = 30_000;

/** Reads of components' processes and logs, each by how it is controlled. */
export function createProcessReader(
  hostOf: (name: string | null) => HostReader,
  dockerOf: (place: DockerPlace) => DockerReader,
): Pick<ComponentsReader, 'process' | 'log'> {
  const container = async (component: Component, name: string): Promise<ComponentProcess> => {
    const found = await dockerOf(componentEngine(component)).container(name);
    if (found === null) return { is: 'gone', evidence: `there is no container ${name}`, start: null, container: null };
    return { is: processOf(found), evidence: containerWords(found), start: found.startedAt, container: found };
  };
  const unit = async ({ host }: Component, name: string) => {
    const show = '--property=LoadState,ActiveState,SubState,MainPID,Result,InvocationID';
    const argv = ['systemctl', 'show', show, '--', unitName(name)] as const;
    const result = await hostOf(host).run({ reads: argv }, { timeoutMs: lookTimeoutMs });
    const start = /^InvocationID=([0-9a-f]+)$/m.exec(result.stdout)?.[1] ?? null;
    return { ...unitState(name, result), start };
  };
  return {
    process: async (component): Promise<ComponentProcess> => {
      const { control, host } = component;
      switch (control.kind) {
        case 'container':
          return container(component, control.container);
        case 'systemd': {
          const { is, evidence, start } = await unit(component, control.unit);
          return { is, evidence: evidence.join('; '), start, container: null };
        }
        case 'commands': {
          const result = await hostOf(host).run({ reads: control.status }, { timeoutMs: lookTimeoutMs });
          const { is, evidence } = commandState(control.status[0], result);
          return { is, evidence: evidence.join('; '), start: null, container: null };
        }
        case 'person':
          return { is: 'unknown', evidence: 'a person controls it', start: null, container: null };
        default:
          return control satisfies never;
      }
    },
    log: async (component, lines) => {
      const { control, host } = component;
      switch (control.kind) {
        case 'container': {
          const { start } = await container(component, control.container);
          const wanted = { lines, ...(start === null ? {} : { since: start }) };
          const docker = dockerOf(componentEngine(component));
          return (await docker.logs(control.container, wanted)).map(({ text }) => text);
        }
        case 'systemd': {
          const { start } = await unit(component, control.unit);
          const since = start === null ? [] : [`_SYSTEMD_INVOCATION_ID=${start}`];
          const argv = ['journalctl', `--unit=${unitName(control.unit)}`, `--lines=${lines}`, '--no-pager'] as const;
          return ask(component, [...argv, '--output=cat', ...since], lines);
        }
        case 'commands':
          return ask(component, [...control.logs, String(lines)], lines);
        case 'person':
          throw byHand(component, 'looked at');
        default:
          return control satisfies never;
      }

      async function ask(
        of: Component,
        argv: readonly [string, ...string[]],
        most: number,
      ): Promise<readonly string[]> {
        const result = await hostOf(host).run({ reads: argv }, { timeoutMs: lookTimeoutMs });
        if (result.exitCode !== 0) throw commandFault(of, 'log', argv, result, false);
        const all = result.stdout.split(/\r?\n/);
        return (all.at(-1) === '' ? all.slice(0, -1) : all).slice(-most);
      }
    },
  };
}

function processOf({ state }: ContainerStatus): ComponentProcess['is'] {
  switch (state) {
    case 'running':
      return 'running';
    case 'created':
    case 'exited':
      return 'stopped';
    case 'dead':
    case 'removing':
      return 'stuck';
    case 'paused':
    case 'restarting':
    case 'unknown':
      return 'unknown';
    default:
      return state satisfies never;
  }
}

/** A container's state in one phrase. */
function containerWords({ name, state, exitCode, oomKilled, health, error }: ContainerStatus): string {
  const why = [
    ...(exitCode === null ? [] : [`exit code ${exitCode}`]),
    ...(oomKilled ? ['killed for lack of memory'] : []),
    ...(health === null ? [] : [`its own check says ${health}`]),
    ...(error === '' ? [] : [error]),
  ];
  return `container ${name} is ${state}${why.length === 0 ? '' : ` (${why.join(', ')})`}`;
}

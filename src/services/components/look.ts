import type { CdcProcess } from '../../core/cdc-ports.ts';
import type { Component, ComponentControl, ComponentLog } from '../../core/component.ts';
import type { ComponentLooker, ComponentSight } from '../../core/component-sight.ts';
import type { ContainerStatus } from '../../core/container.ts';
import type { HostReader } from '../../core/host-machine.ts';
import type { DockerPlace, DockerReader } from '../../core/ports-docker.ts';
import { localHost } from '../../core/reach-of.ts';
import { controlCommand, controlFailed } from '../cdc/control-commands.ts';
import { linesOf } from '../cdc/log-lines.ts';
import { commandState, unitState } from '../cdc/process-state.ts';
import { beginningOf } from '../../core/shortened.ts';

/** Lines of a log in which its start is looked for. */
const startLines = 2_000;

/** What components are looked at with. */
export interface ComponentLookerParts {
  readonly docker: (place: DockerPlace) => DockerReader;
  readonly hostOf: (name: string | null) => HostReader;
  /** Asks one by its own check. */
  readonly health: (component: Component) => Promise<ComponentSight['works']>;
  /** Ms for one command. */
  readonly timeoutMs: number;
}

/** Looks at components where they are: Docker, systemd, or by the commands of the configuration. */
export function createComponentLooker(parts: ComponentLookerParts): ComponentLooker {
  const engineOf = ({ host }: Component, control: Extract<ComponentControl, { kind: 'container' }>): DockerReader =>
    parts.docker({ host: host ?? localHost, endpoint: control.docker });
  const log = async (component: Component, lines: number, since?: string): Promise<readonly string[]> => {
    const { control } = component;
    if (control.kind === 'container') {
      const wanted = { lines, ...(since === undefined ? {} : { since }) };
      return (await engineOf(component, control).logs(control.container, wanted)).map(({ text }) => text);
    }
    if (control.kind === 'person') return [];
    const settings =
      control.kind === 'systemd'
        ? { systemd: control.unit, host: component.host }
        : commandsOf(control, component.host);
    const command = controlCommand(settings, 'logs', lines);
    const host = parts.hostOf(command.host);
    const result = await host.run({ reads: command.command }, { timeoutMs: parts.timeoutMs });
    if (result.exitCode !== 0) throw controlFailed('logs', host.name, command, result);
    return linesOf(result.stdout).slice(-lines);
  };
  const stateOf = async (component: Component): Promise<Omit<ComponentSight, 'start' | 'works'>> => {
    const { control, host } = component;
    switch (control.kind) {
      case 'container':
        return containerSight(control.container, await engineOf(component, control).container(control.container));
      case 'systemd': {
        const { command } = controlCommand({ systemd: control.unit, host }, 'status');
        return processSight(
          unitState(control.unit, await parts.hostOf(host).run({ reads: command }, { timeoutMs: parts.timeoutMs })),
        );
      }
      case 'commands': {
        const result = await parts.hostOf(host).run({ reads: control.status }, { timeoutMs: parts.timeoutMs });
        return processSight(commandState(control.status[0], result));
      }
      case 'person':
        return {
          is: 'unknown',
          stuck: null,
          evidence: ['it is controlled by a person only'],
          sinceMs: null,
          restarts: null,
        };
      default:
        return control satisfies never;
    }
  };
  return {
    log,
    look: async (component) => {
      const [state, works] = await Promise.all([
        stateOf(component),
        component.health === null ? null : parts.health(component),
      ]);
      const speaks = component.log.started.length + component.log.failed.length > 0;
      const since = state.sinceMs === null ? undefined : new Date(state.sinceMs).toISOString();
      const start =
        speaks && state.is === 'running' ? startIn(await log(component, startLines, since), component.log) : null;
      return { ...state, works, start };
    },
  };
}

function commandsOf(control: Extract<ComponentControl, { kind: 'commands' }>, host: string | null) {
  const at = (command: readonly [string, ...string[]]) => ({ command, host });
  return { start: at(control.start), stop: at(control.stop), status: at(control.status), logs: at(control.logs) };
}

function processSight({ is, evidence }: CdcProcess): Omit<ComponentSight, 'start' | 'works'> {
  return { is, stuck: null, evidence, sinceMs: null, restarts: null };
}

function containerSight(name: string, found: ContainerStatus | null): Omit<ComponentSight, 'start' | 'works'> {
  if (found === null)
    return { is: 'gone', stuck: null, evidence: [`there is no container ${name}`], sinceMs: null, restarts: null };
  const { state, exitCode, oomKilled, health, error, restarts, startedAt, finishedAt } = found;
  const facts = [
    `container ${name} is ${state}`,
    ...(exitCode === null ? [] : [`exit code ${exitCode}`]),
    ...(oomKilled ? ['killed for lack of memory'] : []),
    ...(health === null ? [] : [`its image's check says ${health}`]),
    ...(restarts === 0 ? [] : [`started again ${restarts} times by itself`]),
    ...(error === '' ? [] : [`the engine says: ${error}`]),
  ];
  const at = state === 'running' || state === 'paused' ? startedAt : finishedAt;
  return {
    is: stateOfContainer(found),
    stuck: state === 'dead' || state === 'removing' ? state : null,
    evidence: [facts.join(', ')],
    sinceMs: at === null ? null : Date.parse(at),
    restarts,
  };
}

function stateOfContainer({ state, exitCode, oomKilled }: ContainerStatus): ComponentSight['is'] {
  switch (state) {
    case 'running':
    case 'restarting':
    case 'paused':
    case 'unknown':
      return state;
    case 'removing':
    case 'dead':
      return 'stuck';
    case 'created':
      return 'stopped';
    case 'exited':
      return exitCode === 0 && !oomKilled ? 'ended' : 'stopped';
    default:
      return state satisfies never;
  }
}

/** The last line that says how a start went: an application that was started again after a failure has started. */
function startIn(lines: readonly string[], { started, failed }: ComponentLog): NonNullable<ComponentSight['start']> {
  const says = (sources: readonly string[]) => {
    const expressions = sources.map((source) => new RegExp(source, 'u'));
    return (text: string): boolean => expressions.some((expression) => expression.test(text));
  };
  const [up, down] = [says(started), says(failed)];
  const line = lines.findLast((text) => up(text) || down(text));
  if (line === undefined) return { is: 'not-said', line: '' };
  return { is: down(line) ? 'failed' : 'started', line: beginningOf(line, 400) };
}

import * as z from 'zod';
import type { ContainerState, ContainerStatus } from '../../core/container.ts';
import { badDockerAnswer } from './json-lines.ts';

const states = ['created', 'running', 'paused', 'restarting', 'exited', 'removing', 'dead'] as const;
const policies = ['no', 'always', 'unless-stopped', 'on-failure'] as const;

/** What `docker inspect` says of a container, as far as it is used; older engines leave some of it out. */
const inspectShape = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  RestartCount: z.number().default(0),
  State: z.looseObject({
    Status: z.string(),
    OOMKilled: z.boolean().default(false),
    Pid: z.number().default(0),
    ExitCode: z.number().default(0),
    Error: z.string().default(''),
    StartedAt: z.string().default(''),
    FinishedAt: z.string().default(''),
    Health: z.looseObject({ Status: z.string() }).nullish(),
  }),
  Config: z.looseObject({ Image: z.string().default('') }),
  HostConfig: z.looseObject({
    AutoRemove: z.boolean().default(false),
    RestartPolicy: z
      .looseObject({ Name: z.string().default('no'), MaximumRetryCount: z.number().default(0) })
      .default({ Name: 'no', MaximumRetryCount: 0 }),
  }),
});

/** A container from its `inspect`, as the engine `where` gave it; a Fault `docker.bad-answer` when it is none. */
export function readContainer(inspect: unknown, where: string): ContainerStatus {
  const parsed = inspectShape.safeParse(inspect);
  if (!parsed.success) throw badDockerAnswer(where, 'docker inspect', 'describes no container');
  const { Id, Name, RestartCount, State, Config, HostConfig } = parsed.data;
  const state: ContainerState = states.find((known) => known === State.Status) ?? 'unknown';
  const policy = HostConfig.RestartPolicy;
  const ended = state === 'exited' || state === 'dead' || state === 'restarting' || state === 'removing';
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    image: Config.Image,
    state,
    health: state === 'running' ? healthOf(State.Health?.Status) : null,
    exitCode: ended ? State.ExitCode : null,
    oomKilled: State.OOMKilled,
    error: State.Error,
    restarts: RestartCount,
    policy: { name: policies.find((known) => known === policy.Name) ?? 'no', retries: policy.MaximumRetryCount },
    removedAtEnd: HostConfig.AutoRemove,
    pid: State.Pid === 0 ? null : State.Pid,
    startedAt: timeOf(State.StartedAt),
    finishedAt: timeOf(State.FinishedAt),
  };
}

/** A container of which only id and name are known: the daemon gives no answer about it. */
export function unknownContainer(id: string, name: string, image: string, error: string): ContainerStatus {
  return {
    id,
    name,
    image,
    state: 'unknown',
    health: null,
    exitCode: null,
    oomKilled: false,
    error,
    restarts: 0,
    policy: { name: 'no', retries: 0 },
    removedAtEnd: false,
    pid: null,
    startedAt: null,
    finishedAt: null,
  };
}

/** Docker says `none` for an image without a check. */
function healthOf(status: string | undefined): ContainerStatus['health'] {
  return status === 'healthy' || status === 'unhealthy' || status === 'starting' ? status : null;
}

/** Docker writes the year 1 for "never"; what is no time at all is not known. */
function timeOf(text: string): string | null {
  return text.startsWith('0001-') || Number.isNaN(Date.parse(text)) ? null : text;
}

import type { Component } from '../../core/component.ts';
import type { DockerPlace, DockerReader } from '../../core/ports-docker.ts';
import type { JsonObject } from '../../core/json.ts';
import type { LoadType } from '../../core/load-type.ts';
import { readContainer } from '../docker/container-shape.ts';
import type { LoadJob, LoadJobLog, LoadJobState, LoadsInProgress } from '../../core/ports-loads.ts';

/** Label of the containers that esr-ops makes: the order's id. */
export const orderLabel = 'esr-ops.order';

/** More lines than any log has: what is read begins where the last time ended, and what failed may be far back. */
const everyLine = 1_000_000_000;

/** How a load type is run in a container. */
export type DockerDriver = Extract<LoadType['driver'], { kind: 'docker-run' | 'docker-start' }>;

/** Name of the container of a run: one for a load type and date, so that the engine itself refuses a second. */
export function jobContainer({ load, date }: LoadJob): string {
  return load.driver.kind === 'docker-start' ? load.driver.container : `esr-ops.${load.name}.${date}`;
}

/** How the container of a run stands. */
export async function dockerState(job: LoadJob, docker: DockerReader): Promise<LoadJobState> {
  return (await dockerPlace(job, docker)).state;
}

/** How the container of a run stands, and its own id: its name may be another one's by the time it is used. */
export async function dockerPlace(
  job: LoadJob,
  docker: DockerReader,
): Promise<{ readonly state: LoadJobState; readonly container: string | null }> {
  const [inspected] = await docker.inspections([jobContainer(job)]);
  if (inspected === undefined) return { state: { is: 'none' }, container: null };
  return { state: stateOf(job, inspected.inspect, docker.name), container: inspected.id };
}

function stateOf(job: LoadJob, inspect: JsonObject, engine: string): LoadJobState {
  const name = jobContainer(job);
  const found = readContainer(inspect, engine);
  const where = `container ${name} of ${engine}`;
  const at = (text: string | null): number | null => (text === null ? null : Date.parse(text));
  const own = job.load.driver.kind === 'docker-run';
  // A container that is there all the time is started again and again: told apart by when it was.
  const id = own ? orderOf(inspect, found.id) : (found.startedAt ?? '');
  if (found.state === 'running' || found.state === 'paused' || found.state === 'restarting')
    return { is: 'running', id, sinceMs: at(found.startedAt), where: `${where} is ${found.state}` };
  if (found.state === 'created' || found.startedAt === null)
    return own ? { is: 'placed', id, where: `${where} was never started` } : { is: 'none' };
  return {
    is: 'ended',
    id,
    exitCode: found.state === 'exited' && !found.oomKilled ? found.exitCode : null,
    endedMs: at(found.finishedAt),
    where: `${where} is ${found.state}${found.oomKilled ? ', killed for its memory' : ''}${found.error === '' ? '' : `: ${found.error}`}`,
  };
}

function orderOf(inspect: JsonObject, otherwise: string): string {
  const order = object(object(inspect['Config'])['Labels'])[orderLabel];
  return typeof order === 'string' ? order : otherwise;
}

function object(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** Its containers that run, of any date; and those of others by the names that the configuration has. */
export async function dockerRunning(
  load: LoadType,
  docker: DockerReader,
): Promise<Pick<LoadsInProgress, 'own' | 'others'>> {
  const running = (await docker.containers()).filter(({ state }) => state === 'running' || state === 'restarting');
  const prefix = `esr-ops.${load.name}.`;
  const own = running.filter(
    ({ name }) => name.startsWith(prefix) && /^\d{4}-\d{2}-\d{2}$/.test(name.slice(prefix.length)),
  );
  const patterns = load.busy?.kind === 'containers' ? load.busy.names.map((name) => new RegExp(name, 'u')) : [];
  return {
    own: own.map(({ name, id }) => ({ date: name.slice(prefix.length), id })),
    others: running
      .filter((one) => !own.includes(one) && patterns.some((pattern) => pattern.test(one.name)))
      .map(({ name, startedAt }) => `container ${name} of ${docker.name} runs since ${startedAt ?? 'an unknown time'}`),
  };
}

/** What the log got after a line's time. */
export async function dockerLog(job: LoadJob, after: string | null, docker: DockerReader): Promise<LoadJobLog> {
  const lines = await docker.logs(jobContainer(job), {
    lines: everyLine,
    ...(after === null ? {} : { since: after }),
  });
  // `since` includes lines of that very time.
  const fresh = after === null ? lines : lines.filter(({ at }) => at > after);
  return { lines: fresh.map(({ text }) => text), next: fresh.at(-1)?.at ?? after ?? '' };
}

/** The engine that a load type's containers are on. */
export function enginePlace(driver: DockerDriver, component: Component | null): DockerPlace {
  const docker = component?.control.kind === 'container' ? component.control.docker : null;
  return { host: driver.host ?? component?.host ?? 'local', endpoint: driver.docker ?? docker };
}

import type { Component } from '../../core/component.ts';
import { Fault } from '../../core/fault.ts';
import type { HostReader } from '../../core/host-machine.ts';
import type { LoadType } from '../../core/load-type.ts';
import type { DockerPlace, DockerReader } from '../../core/ports-docker.ts';
import type { LoadJobs, LoadsInProgress } from '../../core/ports-loads.ts';
import { argvLog, argvRunning, argvState } from './argv-jobs.ts';
import { dockerLog, dockerRunning, dockerState, enginePlace } from './docker-jobs.ts';

/** Where runs are looked at. */
export interface JobPlaces {
  readonly components: readonly Component[];
  readonly hostOf: (name: string | null) => HostReader;
  readonly docker: (place: DockerPlace) => DockerReader;
}

/** Ms for a command that says whether somebody else's run goes on. */
const busyMs = 30_000;

/** Runs of load types, however each is run. */
export function createLoadJobs(places: JobPlaces): LoadJobs {
  const host = (load: LoadType): HostReader => places.hostOf(hostOfLoad(load, places.components));
  const engine = (load: LoadType): DockerReader | null =>
    'docker' in load.driver ? places.docker(enginePlace(load.driver, componentOf(load, places.components))) : null;
  return {
    state: async (job) => {
      const docker = engine(job.load);
      if (docker !== null) return await dockerState(job, docker);
      return job.load.driver.kind === 'argv' ? await argvState(job, host(job.load)) : { is: 'none' };
    },
    inProgress: async (load) => {
      const docker = engine(load);
      const found =
        docker !== null
          ? await dockerRunning(load, docker)
          : { own: load.driver.kind === 'argv' ? await argvRunning(load, host(load)) : [], others: [] };
      const asked = await askBusy(load, host);
      return { ...found, ...asked, others: [...found.others, ...asked.others] };
    },
    log: async (job, after) => {
      const docker = engine(job.load);
      if (docker !== null) return await dockerLog(job, after, docker);
      if (job.load.driver.kind === 'argv') return await argvLog(job, after, host(job.load));
      return { lines: [], next: after ?? '' };
    },
  };
}

async function askBusy(
  load: LoadType,
  host: (load: LoadType) => HostReader,
): Promise<Pick<LoadsInProgress, 'others' | 'unknown'>> {
  const { busy } = load;
  if (busy === null)
    return { others: [], unknown: "the configuration does not say how others' runs are noticed (busy)" };
  if (busy.kind === 'containers')
    return { others: [], unknown: 'docker' in load.driver ? null : 'busy names containers, and it is not run in one' };
  const reader = host(load);
  try {
    const { exitCode, stdout } = await reader.run({ reads: busy.command }, { timeoutMs: busyMs });
    if (exitCode === 0) return { others: [`${busy.command[0]} on ${reader.name}: ${stdout.trim()}`], unknown: null };
    return { others: [], unknown: exitCode === 3 ? null : `${busy.command[0]} ended with exit code ${exitCode}` };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { others: [], unknown: error.problems[0].message };
  }
}

/** The component that runs a load type; null when the configuration has none of that name. */
export function componentOf(load: LoadType, components: readonly Component[]): Component | null {
  return components.find(({ name }) => name === load.component) ?? null;
}

/** The host that a load type is run on. */
export function hostOfLoad({ driver, component }: LoadType, components: readonly Component[]): string | null {
  const own = 'host' in driver ? driver.host : null;
  return own ?? components.find(({ name }) => name === component)?.host ?? null;
}

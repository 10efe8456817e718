import { dockerOf } from '../core/docker-settings.ts';
import type { DockerReader } from '../core/ports-docker.ts';
import type { Readers } from '../core/ports.ts';
import type { Settings } from './settings.ts';

/** Readers of Docker daemons. */
export async function openDockerReaders(settings: Settings): Promise<Readers['docker']> {
  const { createDockerReader } = await import('../services/docker/reader.ts');
  const { hostReaders } = await import('../services/host/reader.ts');
  const { docker, hosts } = await settings.environment();
  const hostOf = hostReaders(hosts);
  // One for each engine: it remembers that its daemon gave no answer.
  const made = new Map<string, DockerReader>();
  return (place) => {
    const key = JSON.stringify([place.host, place.endpoint]);
    const reader = made.get(key) ?? createDockerReader(place, dockerOf(docker, place.host), hostOf(place.host));
    made.set(key, reader);
    return reader;
  };
}

/** Reader of components: their processes, and whether they say that they are well. */
export async function openComponentReaders(
  settings: Settings,
  docker: Readers['docker'],
): Promise<Readers['components']> {
  const { createHealthReader } = await import('../services/components/health.ts');
  const { createProcessReader } = await import('../services/components/process.ts');
  const { hostReaders } = await import('../services/host/reader.ts');
  const hostOf = hostReaders((await settings.environment()).hosts);
  return { ...createHealthReader(hostOf), ...createProcessReader(hostOf, docker) };
}

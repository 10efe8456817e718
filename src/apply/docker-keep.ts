import { randomBytes } from 'node:crypto';
import type { DockerKeep } from '../core/change-docker.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import type { Seen, World } from './world.ts';

/** Keeps what the engine knows of its containers; the writer reads it back before it returns. */
export async function apply(change: DockerKeep, world: World): Promise<Applied> {
  const docker = world.readers.docker(change);
  const now = world.readers.clock.now();
  const [daemon, containers] = await Promise.all([docker.daemon(), docker.inspections()]);
  const id = `dk-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
  const takenAt = new Date(now).toISOString();
  const file = await world.writers.dockerCaptures.write({ id, host: change.host, takenAt, daemon, containers });
  return { evidence: [`kept in ${file}`], output: { id, file } };
}

/** After a crash the id is lost with the memory; keeping it once more is harmless. */
export async function verify(_change: DockerKeep, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const { id, file } = output ?? {};
  if (typeof id !== 'string' || typeof file !== 'string') {
    return {
      verdict: 'not-applied',
      evidence: ['nothing kept by this run is known; keeping it again harms nothing'],
      output: {},
    };
  }
  const { containers } = await seen.readers.dockerCaptures.load(id);
  const names = containers.map(({ name }) => name).join(', ');
  return {
    verdict: 'applied',
    evidence: [`${file} read back: ${containers.length} container(s)${names === '' ? '' : `: ${names}`}`],
    output: { id, file },
  };
}

import type { DockerSettings } from '../../core/docker-settings.ts';
import type { HostWriter } from '../../core/host-machine.ts';
import type { DockerEvidence, DockerPlace, DockerWriter } from '../../core/ports-docker.ts';
import { containerName, dockerArgv, dockerFault, restartFault } from './docker-command.ts';

/** Milliseconds for a start, a removal and a run: an image on a slow disk takes its time. */
const changeTimeoutMs = 120_000;

/** Changes to one Docker engine through its client on a host. */
export function createDockerWriter(place: DockerPlace, settings: DockerSettings, host: HostWriter): DockerWriter {
  const name = `docker@${place.host}`;
  const argv = dockerArgv(place, settings);
  const tell = async (what: string, words: readonly string[], timeoutMs = changeTimeoutMs): Promise<DockerEvidence> => {
    const result = await host.run({ changes: argv(words) }, { timeoutMs });
    if (result.exitCode !== 0) throw dockerFault(name, what, result, true);
    return { evidence: [`${name}: ${what} ended with exit code 0`] };
  };
  return {
    name,
    start: async (container) => tell(`docker start ${container}`, ['start', '--', containerName(container)]),
    stop: async (container, graceSeconds) =>
      tell(
        `docker stop ${container}`,
        ['stop', '-t', String(Math.ceil(graceSeconds)), '--', containerName(container)],
        graceSeconds * 1000 + changeTimeoutMs,
      ),
    remove: async (container) => tell(`docker rm ${container}`, ['rm', '--', containerName(container)]),
    run: async (container, options) =>
      tell(`docker run of ${container}`, ['run', '--detach', '--name', containerName(container), ...options]),
    restartDaemon: async () => {
      const result = await host.run({ changes: settings.restart }, { timeoutMs: settings.restartLimitMs });
      const what = settings.restart.join(' ');
      if (result.exitCode !== 0) throw restartFault(name, what, result);
      return { evidence: [`${name}: ${what} ended with exit code 0`] };
    },
  };
}

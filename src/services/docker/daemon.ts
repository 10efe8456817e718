import { Fault } from '../../core/fault.ts';
import type { CommandResult } from '../../core/host-machine.ts';
import type { JsonObject } from '../../core/json.ts';
import type { DockerDaemon } from '../../core/ports-docker.ts';
import { dockerFault } from './docker-command.ts';
import { jsonLines, objectOf, textOf } from './json-lines.ts';

/** Whether the daemon answers, and what it says of itself. Its silence is an answer, not an error. */
export async function readDaemon(
  name: string,
  answerMs: number,
  ask: (words: readonly string[]) => Promise<CommandResult>,
): Promise<DockerDaemon> {
  const answer = async (word: string): Promise<JsonObject> => {
    const result = await ask([word, '--format', '{{json .}}']);
    // Without a daemon the client prints what it knows of itself and ends with 1; older ones of `info` end with 0.
    const [said] = result.exitCode === 0 ? jsonLines(name, `docker ${word}`, result.stdout) : [];
    if (said !== undefined && !serverErrors(said)) return said;
    throw dockerFault(
      name,
      `docker ${word}`,
      serverErrors(said) ? { ...result, stderr: errorsOf(said) } : result,
      false,
    );
  };
  try {
    const { Server: server } = await answer('version');
    const info = await answer('info');
    const { Version: version, ApiVersion: apiVersion } = objectOf(server);
    return {
      is: 'up',
      version: textOf(version),
      apiVersion: textOf(apiVersion),
      liveRestore: info['LiveRestoreEnabled'] === true,
      dataRoot: textOf(info['DockerRootDir']),
      storageDriver: textOf(info['Driver']),
      warnings: listOf(info['Warnings']),
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message } = error.problems[0];
    if (code === 'docker.absent') return { is: 'absent', evidence: message };
    if (code === 'docker.hung') {
      return { is: 'hung', evidence: `it listens, and gave no answer within ${answerMs / 1000} s` };
    }
    throw error;
  }
}

function serverErrors(said: JsonObject | undefined): said is JsonObject {
  return said !== undefined && listOf(said['ServerErrors']).length > 0;
}

function errorsOf(said: JsonObject): string {
  return listOf(said['ServerErrors']).join('; ');
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

import * as z from 'zod';
import { Fault } from '../../core/fault.ts';
import type { DockerCapture } from '../../core/ports-docker-captures.ts';
import type { JsonObject } from '../../core/json.ts';
import { readJson } from '../../core/read-json.ts';

const captureShape = z.strictObject({
  format: z.literal(1),
  id: z.string(),
  host: z.string(),
  takenAt: z.string(),
  daemon: z.looseObject({ is: z.enum(['up', 'hung', 'absent']) }),
  containers: z.array(z.strictObject({ id: z.string(), name: z.string(), inspect: z.record(z.string(), z.json()) })),
});

/** A capture from its file. */
export function parseDockerCapture(text: string, path: string): DockerCapture {
  try {
    const { id, host, takenAt, daemon, containers } = captureShape.parse(readJson(text));
    return { id, host, takenAt, daemon: daemon as DockerCapture['daemon'], containers };
  } catch {
    throw new Fault({
      code: 'docker.capture-damaged',
      message: `${path} is not a capture of a Docker engine as esr-ops writes it.`,
      where: path,
      exit: 'failed',
    });
  }
}

/** Name of the file of a capture; an id of another form is a Fault. */
export function captureFile(id: string): string {
  if (/^dk-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$/.test(id)) return `${id}.json`;
  throw new Fault({
    code: 'docker.no-capture',
    message: `${JSON.stringify(id)} can't be the id of a capture of a Docker engine.`,
    exit: 'usage',
  });
}

/** What stands in the place of a value that was split off. */
export const valueMark = '‹kept apart›';

/**
 * Splits off what of an `inspect` is usually secret: the values of its environment variables, which stay by name, and its
 * command, which people put passwords into.
 */
export function withoutSecrets(inspect: JsonObject): { readonly inspect: JsonObject; readonly secrets: JsonObject } {
  const config = objectOf(inspect['Config']);
  const env = Array.isArray(config['Env']) ? config['Env'].filter((item) => typeof item === 'string') : [];
  const names = env.map((item) => `${item.split('=')[0] ?? ''}=${valueMark}`);
  const kept: JsonObject = { ...config, Env: names, Cmd: [valueMark], Entrypoint: [valueMark], Labels: valueMark };
  const { Cmd: cmd, Entrypoint: entrypoint, Labels: labels } = config;
  return {
    inspect: { ...inspect, Path: valueMark, Args: [valueMark], Config: kept },
    secrets: {
      Path: inspect['Path'] ?? null,
      Args: inspect['Args'] ?? null,
      Config: { Env: env, Cmd: cmd ?? null, Entrypoint: entrypoint ?? null, Labels: labels ?? null },
    },
  };
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

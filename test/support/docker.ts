import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { startDockerEngine, type DockerEngine } from '../../src/lab/docker/docker-engine.ts';
import { importLabImage } from '../../src/lab/docker/lab-image.ts';
import { ensureServers } from '../../src/lab/ensure-servers.ts';

/** Something that a group of tests shares, and its end. */
interface Started<T> {
  readonly value: T;
  stop(): Promise<void>;
}

/**
 * A group of tests with Docker. Where there is none and none can be installed, or without root, the tests are counted
 * aloud as not run; with `docker` in ESR_OPS_REQUIRE that is a failure.
 */
export function describeWithDocker<T>(
  name: string,
  start: () => Promise<Started<T>>,
  tests: (value: () => T) => void,
): void {
  describe(name, () => {
    let started: Started<T> | undefined;
    let because: string | undefined;
    let notRun = 0;
    beforeAll(async () => {
      try {
        await ensureServers({ required: ['docker'], ask: undefined, say: (line) => process.stderr.write(`${line}\n`) });
        started = await start();
      } catch (error) {
        const demanded = (process.env['ESR_OPS_REQUIRE'] ?? '').split(',').some((part) => part.trim() === 'docker');
        const notHere = error instanceof Fault && error.exit === 'unreachable';
        if (demanded || !notHere) throw error;
        because = error.message;
      }
    });
    beforeEach((context) => {
      if (because === undefined) return;
      notRun += 1;
      context.skip(because);
    });
    afterAll(async () => {
      if (because !== undefined) process.stderr.write(`NOT RUN: ${notRun}, because ${because}\n`);
      await started?.stop();
    });
    tests(() => {
      if (started === undefined) throw new Error('Docker is asked for outside of a test');
      return started.value;
    });
  });
}

/** A private engine with an image of this machine's Node. */
export async function privateEngine(): Promise<Started<DockerEngine>> {
  const dir = await mkdtemp(join(tmpdir(), 'esr-dk-'));
  const labId = `test-${randomBytes(4).toString('hex')}`;
  const engine = await startDockerEngine({ dir, labId });
  await importLabImage(engine, [import.meta.filename]);
  return {
    value: engine,
    stop: async () => {
      await engine.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

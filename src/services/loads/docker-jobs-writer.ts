import { Fault } from '../../core/fault.ts';
import { argumentsFor, filled } from '../../core/load-order.ts';
import type { LoadJob, LoadJobEvidence, LoadJobState, LoadOrder } from '../../core/ports-loads.ts';
import type { DockerReader, DockerWriter } from '../../core/ports-docker.ts';
import { dockerPlace, jobContainer, orderLabel, type DockerDriver } from './docker-jobs.ts';

/** Both sides of one engine. */
interface Engine {
  readonly reader: DockerReader;
  readonly writer: DockerWriter;
}

/** Starts the container of an order, once: the engine refuses a second one of its name. */
export async function startContainer(
  order: LoadOrder,
  driver: DockerDriver,
  { reader, writer }: Engine,
): Promise<LoadJobEvidence> {
  const name = jobContainer(order);
  const { state: now, container } = await dockerPlace(order, reader);
  if (driver.kind === 'docker-start') {
    // Another start than the one that was planned on is somebody else's run, though it may have ended since.
    if (now.is === 'running' || (now.is === 'ended' ? now.id : null) !== order.replaces) throw taken(order, now);
    return await writer.start(name);
  }
  let held: Fault | null = null;
  if (now.is !== 'none' && container !== null) {
    if (now.id === order.id && now.is !== 'placed') return { evidence: [`${now.where}, started by this order before`] };
    if (now.is === 'running' || (now.id !== order.id && now.id !== order.replaces)) throw taken(order, now);
    held = await removeEnded(container, writer);
  }
  const options = [
    ...['--label', `${orderLabel}=${order.id}`, ...driver.options.map((word) => filled(word, order))],
    ...[filled(driver.image, order), ...argumentsFor(driver.args, order)],
  ];
  try {
    return await writer.run(name, options);
  } catch (error) {
    if (!(error instanceof Fault) || error.problems[0].code !== 'docker.name-taken') throw error;
    const found = await dockerPlace(order, reader);
    throw held !== null && found.container === container ? held : taken(order, found.state);
  }
}

/** Ends a run: in order, else killed. */
export async function stopContainer(job: LoadJob, graceMs: number, writer: DockerWriter): Promise<LoadJobEvidence> {
  return await writer.stop(jobContainer(job), Math.ceil(graceMs / 1000));
}

/**
 * By its id: its name may have been taken over in between by the run of another order, which must stay. One that is
 * gone or going has made room already, or will have; whose the name is then, `docker run` says. Returns why it may
 * still be there.
 */
async function removeEnded(container: string, writer: DockerWriter): Promise<Fault | null> {
  try {
    await writer.remove(container);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code } = error.problems[0];
    if (code === 'docker.removing') return error;
    if (code !== 'docker.no-container') throw error;
  }
  return null;
}

function taken(job: LoadJob, state: LoadJobState): Fault {
  const where = state.is === 'none' ? 'its container is not as it was' : state.where;
  return new Fault({
    code: 'load.taken',
    message: `${jobContainer(job)} is another order's already: ${where}. Nothing was started.`,
    where: jobContainer(job),
    exit: 'blocked',
    next: ['esr-ops etl status'],
    details: { sent: false },
  });
}

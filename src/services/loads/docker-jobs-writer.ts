import { Fault } from '../../core/fault.ts';
import { argumentsFor, filled } from '../../core/load-order.ts';
import type { LoadJob, LoadJobEvidence, LoadOrder } from '../../core/ports-loads.ts';
import type { DockerReader, DockerWriter } from '../../core/ports-docker.ts';
import { dockerState, jobContainer, orderLabel, type DockerDriver } from './docker-jobs.ts';

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
  const now = await dockerState(order, reader);
  if (driver.kind === 'docker-start') {
    if (now.is === 'running') throw taken(order, now.where);
    return await writer.start(name);
  }
  if (now.is !== 'none') {
    if (now.id === order.id && now.is !== 'placed') return { evidence: [`${now.where}, started by this order before`] };
    if (now.is === 'running' || (now.id !== order.id && now.id !== order.replaces)) throw taken(order, now.where);
    await writer.remove(name);
  }
  return await writer.run(name, [
    '--label',
    `${orderLabel}=${order.id}`,
    ...driver.options.map((word) => filled(word, order)),
    filled(driver.image, order),
    ...argumentsFor(driver.args, order),
  ]);
}

/** Ends a run: in order, else killed. */
export async function stopContainer(job: LoadJob, graceMs: number, writer: DockerWriter): Promise<LoadJobEvidence> {
  return await writer.stop(jobContainer(job), Math.ceil(graceMs / 1000));
}

function taken(job: LoadJob, where: string): Fault {
  return new Fault({
    code: 'load.taken',
    message: `${jobContainer(job)} is another order's already: ${where}. Nothing was started.`,
    where: jobContainer(job),
    exit: 'blocked',
    next: ['esr-ops etl status'],
    details: { sent: false },
  });
}

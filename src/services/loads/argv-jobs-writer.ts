import { Fault } from '../../core/fault.ts';
import type { CommandResult, HostWriter } from '../../core/host-machine.ts';
import { argumentsFor } from '../../core/load-order.ts';
import type { LoadType } from '../../core/load-type.ts';
import type { LoadJob, LoadJobEvidence, LoadOrder } from '../../core/ports-loads.ts';
import { jobName } from './argv-jobs.ts';
import { jobCodes, startScript, stopScript } from './argv-scripts.ts';

/** Ms in which a program must have been begun. */
const startMs = 60_000;

/** Begins the program of an order, once. */
export async function startArgv(
  order: LoadOrder,
  driver: Extract<LoadType['driver'], { kind: 'argv' }>,
  host: HostWriter,
): Promise<LoadJobEvidence> {
  const words = [driver.program, ...argumentsFor(driver.args, order)];
  const result = await host.run(
    { changes: ['sh', '-c', startScript, 'esr-ops', jobName(order), order.id, order.replaces ?? '', ...words] },
    { timeoutMs: startMs },
  );
  refused(result, order, host.name);
  return { evidence: [`${driver.program} was begun on ${host.name} as ${jobName(order)}, order ${order.id}`] };
}

/** Ends a run: in order, else killed. */
export async function stopArgv(job: LoadJob, id: string, graceMs: number, host: HostWriter): Promise<LoadJobEvidence> {
  const grace = String(Math.ceil(graceMs / 1000));
  const result = await host.run(
    { changes: ['sh', '-c', stopScript, 'esr-ops', jobName(job), id, grace] },
    { timeoutMs: graceMs + startMs },
  );
  refused(result, job, host.name);
  return { evidence: [`${jobName(job)} on ${host.name} was stopped`] };
}

function refused(result: CommandResult, job: LoadJob, host: string): void {
  if (result.exitCode === 0) return;
  const taken = result.exitCode === jobCodes.taken;
  const whose = result.stdout.trim() === '' ? 'not known whose' : `order ${result.stdout.trim()}`;
  throw new Fault({
    code: taken ? 'load.taken' : 'load.host',
    message: taken
      ? `On ${host}: ${jobName(job)} is another order's already (${whose}). Nothing was started.`
      : `On ${host}: exit code ${result.exitCode}: ${result.stderr.trim()}`,
    where: host,
    exit: taken ? 'blocked' : 'failed',
    next: ['esr-ops etl status'],
    details: { sent: !taken && result.exitCode !== jobCodes.notMade },
  });
}

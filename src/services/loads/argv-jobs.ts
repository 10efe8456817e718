import type { HostReader } from '../../core/host-machine.ts';
import { Fault } from '../../core/fault.ts';
import type { LoadType } from '../../core/load-type.ts';
import type { LoadJob, LoadJobLog, LoadJobState, LoadsInProgress } from '../../core/ports-loads.ts';
import { logScript, runningScript, stateScript } from './argv-scripts.ts';

/** Ms for one look. */
const lookMs = 30_000;

/** Bytes of a log that are read at once. */
const chunkBytes = 256 * 1024;

/** Name of the folder of a run. */
export function jobName({ load, date }: LoadJob): string {
  return `${load.name}@${date}`;
}

/** How a run of a program on a host stands. */
export async function argvState(job: LoadJob, host: HostReader): Promise<LoadJobState> {
  const out = await look(host, stateScript, [jobName(job)]);
  if (out === '') return { is: 'none' };
  const [id = '', state, exit = '', begun = '', ended = ''] = out.split('\n');
  const where = `${jobName(job)} on ${host.name}`;
  const seconds = (text: string): number | null => (text === '' ? null : Number(text) * 1000);
  if (state === 'running') return { is: 'running', id, sinceMs: seconds(begun), where };
  if (state === 'made') return { is: 'placed', id, where: `${where} was never begun` };
  return {
    is: 'ended',
    id,
    exitCode: exit === '' ? null : Number(exit),
    endedMs: seconds(ended),
    where: state === 'gone' ? `${where} is gone without an exit code` : where,
  };
}

/** Its runs that go on, of any date. */
export async function argvRunning(load: LoadType, host: HostReader): Promise<LoadsInProgress['own']> {
  const out = await look(host, runningScript, [`${load.name}@`]);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [date = '', id = ''] = line.split(' ');
      return { date, id };
    });
}

/** What its log got after so many bytes. */
export async function argvLog(job: LoadJob, after: string | null, host: HostReader): Promise<LoadJobLog> {
  const from = after === null ? 0 : Number(after);
  const state = await argvState(job, host);
  const text = await look(host, logScript, [jobName(job), String(from), String(chunkBytes)]);
  const whole = state.is === 'ended' ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n');
  return {
    lines: lines.at(-1) === '' ? lines.slice(0, -1) : lines,
    next: String(from + Buffer.byteLength(whole)),
  };
}

async function look(host: HostReader, script: string, args: readonly string[]): Promise<string> {
  const result = await host.run({ reads: ['sh', '-c', script, 'esr-ops', ...args] }, { timeoutMs: lookMs });
  if (result.exitCode === 0) return result.stdout;
  throw new Fault({
    code: 'load.host',
    message: `On ${host.name}: looking at a run failed with exit code ${result.exitCode}: ${result.stderr.trim()}`,
    where: host.name,
    exit: 'failed',
  });
}

import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildLab, type BuiltLab, type LabPlan } from './build-lab.ts';
import type { CdcProcess } from './cdc/cdc-process.ts';
import { clearLabDocker } from './docker/clear-docker-folder.ts';
import type { LabDocker } from './docker/lab-docker.ts';
import { writePrivate, type LabDescriptor } from './lab-files.ts';
import { killProcessesOfLab } from './lab-processes.ts';
import type { Load } from './load.ts';
import { serveControl, type SupervisorCommand } from './supervisor-control.ts';

/** What a supervisor tells the process that started it, a JSON line each. */
export type SupervisorWord =
  | { readonly kind: 'say'; readonly line: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * The hidden command `lab-supervisor`: owns a lab's servers, which die with it, and obeys its control socket. The first
 * line of `input` is a {@link LabPlan}. As long as no line `detach` has come, the end of the input means that the owner
 * is gone: the lab then ends within seconds and leaves nothing, however the owner died.
 */
export async function runSupervisor(input: Readable, reply: (line: string) => void): Promise<void> {
  const tell = (word: SupervisorWord): void => {
    reply(JSON.stringify(word));
  };
  const over = new AbortController();
  const finish = (): void => {
    over.abort();
  };
  const ended = new Promise<'over'>((resolve) => {
    over.signal.addEventListener('abort', () => {
      resolve('over');
    });
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, finish);

  const plan = await readPlan(input, finish);
  const { files, labId, privateFolder } = plan;
  const say = (line: string): void => {
    tell({ kind: 'say', line });
  };
  const building = buildLab(plan, say, over.signal);
  try {
    const lab = await Promise.race([building, ended]);
    if (lab === 'over') return;
    const control = await serveControl(lab.running.control, (command) => obey(command, lab, finish));
    const descriptor: LabDescriptor = { version: 1, name: files.name, labId, privateFolder, running: lab.running };
    await writePrivate(files.descriptor, `${JSON.stringify(descriptor, null, 2)}\n`);
    tell({ kind: 'ready' });
    await ended;
    control.close();
    await Promise.race([Promise.all(loads(lab).map((load) => load.stop())), sleep(3_000, undefined, { ref: false })]);
    // In order, so that the engine collects what it started; the rest is taken away below, whatever becomes of this.
    await Promise.race([
      lab.docker?.release().then(() => lab.docker?.engine.stop()),
      sleep(5_000, undefined, { ref: false }),
    ]);
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  } finally {
    // All data goes with the lab, so there is nothing to end in order. One that is still being built starts processes
    // until it notices: the second time there are no more.
    finish();
    await killProcessesOfLab(labId);
    await building.catch(() => undefined);
    await killProcessesOfLab(labId);
    await clearLabDocker(privateFolder, labId);
    await rm(privateFolder, { recursive: true, force: true, maxRetries: 3 });
    await rm(files.folder, { recursive: true, force: true, maxRetries: 3 });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.off(signal, finish);
  }
}

/** The owner's first line; its later `detach` and the end of the input are listened to from then on. */
function readPlan(input: Readable, finish: () => void): Promise<LabPlan> {
  return new Promise((resolve, reject) => {
    let plan: LabPlan | undefined;
    let detached = false;
    const lines = createInterface({ input });
    lines.on('line', (line) => {
      if (plan === undefined) {
        plan = JSON.parse(line) as LabPlan;
        resolve(plan);
      } else if (line === 'detach') detached = true;
    });
    lines.on('close', () => {
      if (plan === undefined) reject(new Error('no plan on standard input'));
      else if (!detached) finish();
    });
  });
}

async function obey(command: SupervisorCommand, lab: BuiltLab, finish: () => void): Promise<string> {
  switch (command) {
    case 'ping':
      return '';
    case 'reboot-broker':
      await lab.rabbit.restart();
      return '';
    case 'reboot-database':
      await lab.mariadb.restart();
      return '';
    case 'freeze':
      for (const load of loads(lab)) await load.freeze();
      return '';
    case 'thaw':
      for (const load of loads(lab)) await load.thaw();
      return '';
    case 'stop-load':
      for (const load of loads(lab)) await load.stop();
      return '';
    case 'stop-rows':
      await lab.traffic?.stopMaking();
      return '';
    case 'cdc-start':
      return withCdc(lab, (cdc) => cdc.start());
    case 'cdc-stop':
      return withCdc(lab, (cdc) => cdc.stop());
    case 'cdc-kill':
      return withCdc(lab, (cdc) => cdc.kill());
    case 'cdc-status':
      return withCdc(lab, () => Promise.resolve());
    case 'docker-restart':
      return withDocker(lab, ({ engine }) => engine.restart());
    case 'docker-freeze':
      return withDocker(lab, ({ engine }) => {
        engine.freeze();
      });
    case 'docker-thaw':
      return withDocker(lab, ({ engine }) => {
        engine.thaw();
      });
    case 'docker-hold-esr':
      return withDocker(lab, (docker) => docker.hold('esr'));
    case 'docker-release':
      return withDocker(lab, (docker) => docker.release());
    case 'down':
      finish();
      return '';
    default:
      return command satisfies never;
  }
}

/** All that makes or takes traffic. */
function loads({ load, traffic }: BuiltLab): readonly Load[] {
  return [load, traffic].filter((one) => one !== undefined);
}

/** Does something with change data capture and says how it is afterwards. */
async function withCdc({ cdc }: BuiltLab, work: (cdc: CdcProcess) => Promise<void>): Promise<string> {
  if (cdc === undefined) throw new Error('this lab has no change data capture');
  await work(cdc);
  return JSON.stringify(cdc.state());
}

async function withDocker({ docker }: BuiltLab, work: (docker: LabDocker) => Promise<void> | void): Promise<string> {
  if (docker === undefined) throw new Error('this lab has no Docker engine');
  await work(docker);
  return '';
}

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { breakDocker, type DockerFaultTarget } from '../docker/docker-faults.ts';
import type { RunningLab } from '../lab-files.ts';
import { runLabEtl } from '../programs/etl.ts';
import { outbound } from './etl-loads.ts';
import { withStores, type EtlStores } from './etl-stores.ts';
import { pastRuns } from './past-runs.ts';

/** What can be broken of what the ETL writes, each time for real. */
export const etlFaultNames = ['etl-failed-0200', 'etl-partial', 's3-file-missing'] as const;

/** One of {@link etlFaultNames}. */
export type EtlFaultName = (typeof etlFaultNames)[number];

/** One line for each, for help and for questions. */
export const etlFaultMeanings: Readonly<Record<EtlFaultName, string>> = {
  'etl-failed-0200':
    'the load of 02:00 failed and the later jobs with it; in a lab with Docker, because ESR did not start',
  'etl-partial': 'the load of 02:00 failed on its way: only some Local Offices were written',
  's3-file-missing': 'the last file of the sequence that the applicant export wrote is gone',
};

/** A lab with an ETL, to break. */
export interface EtlFaultTarget {
  readonly etl: NonNullable<RunningLab['etl']>;
  /** Undefined: the lab has no Docker. */
  readonly docker: DockerFaultTarget | undefined;
}

const notifications = 'notifications-daily-load';

/** Breaks it and proves that the fault is there. @returns the evidence @throws Fault when it is not there afterwards */
export async function breakEtl(target: EtlFaultTarget, fault: EtlFaultName): Promise<string> {
  return await withStores(target.etl, async (stores) => {
    switch (fault) {
      case 'etl-failed-0200':
        return await breakNight(target, stores);
      case 'etl-partial':
        return await breakHalfWay(target.etl, stores);
      case 's3-file-missing':
        return await loseFile(target.etl, stores);
      default:
        return fault satisfies never;
    }
  });
}

/** Everything that has run that day is taken away and run again, with what it needs broken. */
async function breakNight({ etl, docker }: EtlFaultTarget, stores: EtlStores): Promise<string> {
  const { day } = etl;
  const runs = pastRuns(etl, Date.now()).filter(({ date }) => date === day);
  for (const { loadType } of runs) await stores.clear(loadType, day);
  const why = docker === undefined ? '' : `${await breakDocker(docker, 'app-startup-failed')}; `;
  const failed: string[] = [];
  for (const { loadType } of runs) {
    const { exitCode, said } = await faulty(etl, loadType, day, docker === undefined ? 'startup' : null);
    const left = await stores.count(loadType, day);
    if (exitCode === 0 || left > 0) throw notThere('etl-failed-0200', `${loadType} wrote ${left}`);
    failed.push(`${loadType} (${said.at(-1) ?? ''})`);
  }
  return `${why}for ${day} there is nothing of ${failed.join(', ')}`;
}

async function breakHalfWay(etl: EtlFaultTarget['etl'], stores: EtlStores): Promise<string> {
  await stores.clear(notifications, etl.day);
  const { exitCode, said } = await faulty(etl, notifications, etl.day, 'partial 11');
  const offices = await stores.offices(notifications, etl.day);
  const all = stores.config.offices.length;
  if (exitCode === 0 || offices.length === 0 || offices.length === all)
    throw notThere('etl-partial', `${offices.length} of ${all} Local Offices have rows`);
  return `${notifications} for ${etl.day} has rows of ${offices.join(', ')} and of no other; its log says: ${said.at(-1) ?? ''}`;
}

async function loseFile(etl: EtlFaultTarget['etl'], stores: EtlStores): Promise<string> {
  const { s3, config } = stores;
  if (s3 === null) throw notThere('s3-file-missing', 'it has no S3 server');
  const number = (key: string): string => /_(\d+)\.DAT$/.exec(key)?.[1] ?? '';
  const keys = async (): Promise<readonly string[]> =>
    (await s3.keys(`${outbound}${etl.day}/`)).filter((key) => key.includes('_APP_'));
  const last = (await keys()).toSorted((a, b) => (number(a) < number(b) ? -1 : 1)).at(-1);
  if (last === undefined) throw notThere('s3-file-missing', `there is no applicant file of ${etl.day}`);
  await s3.remove(last);
  await stores.note({ loadType: 'applicant-export', date: etl.day, event: 'removed', key: last });
  const left = await keys();
  if (left.includes(last)) throw notThere('s3-file-missing', `${last} is still there`);
  return `${last} is gone; ${left.length} of ${config.offices.length} applicant files of ${etl.day} are left`;
}

/** Runs the program as its scheduler would, with a fault of its own or none. */
async function faulty(
  etl: EtlFaultTarget['etl'],
  loadType: string,
  date: string,
  fault: string | null,
): Promise<{ readonly exitCode: number; readonly said: readonly string[] }> {
  const file = join(etl.faults, loadType);
  if (fault !== null) await writeFile(file, fault, { mode: 0o600 });
  const said: string[] = [];
  try {
    return { exitCode: await runLabEtl(etl.config, { loadType, date, office: null }, (line) => said.push(line)), said };
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * Undoes what was broken: whatever had run by then and has not left all, once, is taken away and run again.
 * @returns what was done, a line each
 */
export async function healEtl({ etl }: EtlFaultTarget): Promise<readonly string[]> {
  return await withStores(etl, async (stores) => {
    const done: string[] = [];
    for (const { loadType, date } of pastRuns(etl, Date.now())) {
      await rm(join(etl.faults, loadType), { force: true });
      if (await stores.isWhole(loadType, date)) continue;
      await stores.clear(loadType, date);
      const exitCode = await runLabEtl(etl.config, { loadType, date, office: null }, () => undefined);
      if (exitCode !== 0) throw new Error(`${loadType} for ${date} ended with exit code ${exitCode}`);
      done.push(`${loadType} for ${date} was taken away and has run again`);
    }
    return done;
  });
}

function notThere(fault: EtlFaultName, evidence: string): Fault {
  return new Fault({
    code: 'lab.fault-not-there',
    message: `The lab tried to break its ETL (${fault}), but ${evidence}.`,
    exit: 'failed',
  });
}

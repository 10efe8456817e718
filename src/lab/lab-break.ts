import { readFile } from 'node:fs/promises';
import { Fault } from '../core/fault.ts';
import { breakCdc, cdcFaultNames, healCdc, type CdcFaultTarget } from './cdc/cdc-faults.ts';
import { breakDocker, dockerFaultNames, healDocker, type DockerFaultTarget } from './docker/docker-faults.ts';
import { declareEtlQueue } from './etl/start-etl.ts';
import { breakEtl, etlFaultNames, healEtl, type EtlFaultTarget } from './etl/etl-faults.ts';
import { breakBroker, healBroker, type BrokerFaultName, type FaultName, type FaultTarget } from './faults.ts';
import type { LabChoice } from './lab-down.ts';
import { labFiles, runningLab } from './lab-files.ts';
import { tellSupervisor } from './supervisor-control.ts';
import { esrTopology } from './topology.ts';

/**
 * Breaks a lab for real and has the broker itself confirm it.
 * @returns what the broker said
 */
export async function labBreak(choice: LabChoice, fault: FaultName): Promise<string> {
  const evidence = await brokenIn(choice, fault);
  choice.say(`Broken (${fault}): ${evidence}.`);
  return evidence;
}

async function brokenIn(choice: LabChoice, fault: FaultName): Promise<string> {
  const cdcFault = cdcFaultNames.find((name) => name === fault);
  if (cdcFault !== undefined) return breakCdc(await cdcTarget(choice), cdcFault);
  const dockerFault = dockerFaultNames.find((name) => name === fault);
  if (dockerFault !== undefined) return breakDocker(await dockerTarget(choice), dockerFault);
  const etlFault = etlFaultNames.find((name) => name === fault);
  if (etlFault !== undefined) return breakEtl(await etlTarget(choice), etlFault);
  return breakBroker(await faultTarget(choice), fault as BrokerFaultName);
}

/** Undoes whatever was broken, as far as that can be undone: lost messages stay lost. */
export async function labHeal(choice: LabChoice): Promise<void> {
  for (const line of await healBroker(await faultTarget(choice))) choice.say(`Healed: ${line}.`);
  const { cdc, docker, etl, rabbitmq } = await runningLab(labFiles(choice.stateDir, choice.name));
  if (etl !== undefined) await declareEtlQueue((await faultTarget(choice)).access, rabbitmq.vhost);
  if (cdc !== undefined) for (const line of await healCdc(await cdcTarget(choice))) choice.say(`Healed: ${line}.`);
  if (docker !== undefined)
    for (const line of await healDocker(await dockerTarget(choice))) choice.say(`Healed: ${line}.`);
  // Last: its jobs need what was broken before.
  if (etl !== undefined) for (const line of await healEtl(await etlTarget(choice))) choice.say(`Healed: ${line}.`);
}

async function etlTarget({ name, stateDir }: LabChoice): Promise<EtlFaultTarget> {
  const { docker, control, etl } = await runningLab(labFiles(stateDir, name));
  if (etl !== undefined) return { etl, docker: docker === undefined ? undefined : { docker, control } };
  throw new Fault({
    code: 'lab.no-etl',
    message: `The lab '${name}' was started without an ETL.`,
    next: [`esr-ops lab down --name ${name}`, `esr-ops lab up --etl --name ${name}`],
    exit: 'blocked',
  });
}

async function dockerTarget({ name, stateDir }: LabChoice): Promise<DockerFaultTarget> {
  const { docker, control } = await runningLab(labFiles(stateDir, name));
  if (docker !== undefined) return { docker, control };
  throw new Fault({
    code: 'lab.no-docker',
    message: `The lab '${name}' was started without Docker.`,
    next: [`esr-ops lab down --name ${name}`, `esr-ops lab up --docker --name ${name}`],
    exit: 'blocked',
  });
}

async function cdcTarget(choice: LabChoice): Promise<CdcFaultTarget> {
  const files = labFiles(choice.stateDir, choice.name);
  const running = await runningLab(files);
  if (running.cdc === undefined) {
    throw new Fault({
      code: 'lab.no-cdc',
      message: `The lab '${choice.name}' was started without change data capture.`,
      exit: 'blocked',
    });
  }
  return { files, running, cdc: running.cdc, access: (await faultTarget(choice)).access };
}

async function faultTarget({ name, stateDir }: LabChoice): Promise<FaultTarget> {
  const { rabbitmq, control, servicePasswordFiles, federationPasswordFile } = await runningLab(
    labFiles(stateDir, name),
  );
  const secret = (path: string): Promise<string> => readFile(path, 'utf8');
  const users: Record<string, string> = {};
  for (const [user, path] of Object.entries(servicePasswordFiles)) users[user] = await secret(path);
  return {
    access: {
      managementUrl: rabbitmq.managementUrl,
      user: rabbitmq.user,
      password: await secret(rabbitmq.passwordFile),
    },
    erlang: rabbitmq.erlang,
    topology: esrTopology,
    secrets: { users, federation: await secret(federationPasswordFile) },
    reboot: async () => {
      await tellSupervisor(control, 'reboot-broker');
    },
  };
}

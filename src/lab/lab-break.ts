import { readFile } from 'node:fs/promises';
import { breakBroker, healBroker, type FaultName, type FaultTarget } from './faults.ts';
import type { LabChoice } from './lab-down.ts';
import { labFiles, runningLab } from './lab-files.ts';
import { tellSupervisor } from './supervisor-control.ts';
import { esrTopology } from './topology.ts';

/**
 * Breaks a lab for real and has the broker itself confirm it.
 * @returns what the broker said
 */
export async function labBreak(choice: LabChoice, fault: FaultName): Promise<string> {
  const evidence = await breakBroker(await faultTarget(choice), fault);
  choice.say(`Broken (${fault}): ${evidence}.`);
  return evidence;
}

/** Undoes whatever was broken, as far as that can be undone: lost messages stay lost. */
export async function labHeal(choice: LabChoice): Promise<void> {
  for (const line of await healBroker(await faultTarget(choice))) choice.say(`Healed: ${line}.`);
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
    reboot: () => tellSupervisor(control, 'reboot-broker'),
  };
}

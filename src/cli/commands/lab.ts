import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { didYouMean } from '../../core/closest.ts';
import { stoppedStatus, type ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FaultName } from '../../lab/faults.ts';
import type { PartStatus, ServerPart } from '../../lab/server-parts.ts';
import type { Composition } from '../composition.ts';
import type { Invocation } from '../invocation.ts';

type LabInvocation = Extract<Invocation, { is: 'lab' }>;

/** `lab up · down · status · break · heal`: private real servers on this machine. */
export async function lab(
  composition: Composition,
  { verb, name, fault, cdc, docker, etl, action, lines }: LabInvocation,
): Promise<ExitName | 'stopped'> {
  const { stateRoot: stateDir, program } = await composition.place();
  const say = sayer(composition);
  switch (verb) {
    case 'up': {
      await ensureLabServers(composition, docker ? ['docker'] : []);
      const { labUp } = await import('../../lab/lab-up.ts');
      const up = await labUp({ name, stateDir, program, say, cdc, docker, etl });
      await forget(stateDir, name);
      if (composition.stop.requested()) {
        await up.end();
        return 'interrupted';
      }
      say(`The lab is up. Environment: --env ${environmentOf(name)}.`);
      return 'done';
    }
    case 'down': {
      const { existed } = await (await import('../../lab/lab-down.ts')).labDown({ name, stateDir, say });
      await forget(stateDir, name);
      if (!existed)
        composition.host.result({
          code: 'nothing.to-do',
          payload: { command: 'lab down', why: `no lab named ${name} is up` },
        });
      return 'done';
    }
    case 'status': {
      const labs = await (await import('../../lab/lab-status.ts')).labStatus(stateDir);
      composition.host.result({ code: 'lab.shown', payload: { labs: labs as unknown as readonly JsonObject[] } });
      return 'done';
    }
    case 'break': {
      const { labBreak } = await import('../../lab/lab-break.ts');
      // All names first: a misspelt second one must not leave a lab half broken.
      const faults = await Promise.all((fault ?? '').split(' ').map(knownFault));
      for (const one of faults) await labBreak({ name, stateDir, say }, one);
      return 'done';
    }
    case 'heal':
      await (await import('../../lab/lab-break.ts')).labHeal({ name, stateDir, say });
      return 'done';
    case 'cdc': {
      const { cdcVerbs, labCdc } = await import('../../lab/cdc/lab-cdc.ts');
      const known = cdcVerbs.find((candidate) => candidate === action);
      if (known === undefined)
        throw new Fault({ code: 'usage', message: `lab cdc takes ${cdcVerbs.join(', ')}.`, exit: 'usage' });
      if (lines !== null && Number.isNaN(lines))
        throw new Fault({ code: 'usage', message: 'lab cdc logs takes a whole number of lines.', exit: 'usage' });
      const answer = await labCdc({ name, stateDir }, known, lines ?? undefined);
      composition.host.result({ code: 'help.topic', payload: { topic: '', body: answer.text } });
      return answer.exitCode === stoppedStatus ? 'stopped' : 'done';
    }
    case 'reboot-broker':
      await (await import('../../lab/lab-control.ts')).labControl({ name, stateDir }, 'reboot-broker');
      return 'done';
    case 'restart-docker':
      await (await import('../../lab/lab-control.ts')).labControl({ name, stateDir }, 'docker-restart');
      return 'done';
    default:
      return verb satisfies never;
  }
}

/**
 * Removes journals and captures of a lab that is no more: a capture of other servers must never serve as the
 * baseline of these.
 */
export async function forget(stateDir: string, name: string): Promise<void> {
  await rm(join(stateDir, environmentOf(name)), { recursive: true, force: true });
}

/** Name of a lab's environment. */
export function environmentOf(name: string): string {
  return name === 'default' ? 'lab' : `lab-${name}`;
}

/** Lines of progress of the lab. */
export function sayer(composition: Composition): (line: string) => void {
  return (text) => composition.host.say({ code: 'lab.said', payload: { text } });
}

/**
 * Makes sure of RabbitMQ, MariaDB and what else is needed, asking first at a terminal, and says aloud what is not run
 * for lack of a part. Returns how each part is.
 */
export async function ensureLabServers(
  composition: Composition,
  also: readonly ServerPart[] = [],
): Promise<readonly PartStatus[]> {
  const { ensureServers } = await import('../../lab/ensure-servers.ts');
  const { partsOfTests } = await import('../../lab/server-parts.ts');
  const { host } = composition;
  const ask = host.canAsk
    ? async (question: string) =>
        (await host.ask({ kind: 'agree', code: 'lab.install', text: question })).kind === 'yes'
    : undefined;
  const parts = await ensureServers({ required: ['rabbitmq', 'mariadb', ...also], ask, say: sayer(composition) });
  for (const part of parts.filter((candidate) => !candidate.present && !partsOfTests.includes(candidate.part)))
    sayer(composition)(`NOT RUN: what needs ${part.part}, because ${part.because}.`);
  return parts;
}

/** The fault of that name, or a Fault with a suggestion and all names. */
export async function knownFault(name: string): Promise<FaultName> {
  const { faultNames, faultMeanings } = await import('../../lab/faults.ts');
  const found = faultNames.find((fault) => fault === name);
  if (found !== undefined) return found;
  throw new Fault({
    code: 'lab.unknown-fault',
    message: `There is no fault ${JSON.stringify(name)}.${didYouMean(name, faultNames)} Faults: ${faultNames.map((fault) => `${fault} (${faultMeanings[fault]})`).join('; ')}.`,
    where: 'fault',
    exit: 'usage',
  });
}

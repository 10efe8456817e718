import { readFile } from 'node:fs/promises';
import { labFiles, runningLab } from './lab-files.ts';
import type { LabChoice } from './lab-down.ts';
import { readRecords } from './load-record.ts';
import { tellSupervisor, type SupervisorCommand } from './supervisor-control.ts';
import { messagesWaiting, truthOf, type Truth } from './truth.ts';

type Which = Pick<LabChoice, 'name' | 'stateDir'>;

/**
 * Has a running lab do something: `reboot-broker`, `reboot-database` and `docker-restart` (stop and start,
 * data kept) · `freeze` and `thaw` its load
 * (connections kept) · `stop-load` for good.
 */
export async function labControl(
  { name, stateDir }: Which,
  command: Extract<
    SupervisorCommand,
    'reboot-broker' | 'reboot-database' | 'docker-restart' | 'freeze' | 'thaw' | 'stop-load'
  >,
): Promise<void> {
  const { control } = await runningLab(labFiles(stateDir, name));
  await tellSupervisor(control, command);
}

/**
 * Stops the load and says what became of each message: from what publisher and consumer wrote down and from what lies
 * in the queues. For the end of a rehearsal; it looks into the queues, which marks their messages as redelivered.
 * `unreadable`: the vhost does not run, so what waits in it counts as lost.
 */
export async function labTruth(which: Which): Promise<Truth & { readonly unreadable: boolean }> {
  const files = labFiles(which.stateDir, which.name);
  const { rabbitmq } = await runningLab(files);
  await labControl(which, 'stop-load');
  const access = { ...rabbitmq, password: await readFile(rabbitmq.passwordFile, 'utf8') };
  const records = await Promise.all([files.publisherRecord, files.consumerRecord].map(readRecords));
  const waiting = await messagesWaiting(access, rabbitmq.vhost);
  return { ...truthOf(records.flat(), waiting ?? []), unreadable: waiting === null };
}

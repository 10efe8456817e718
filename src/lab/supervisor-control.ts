import { createConnection, createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { Fault } from '../core/fault.ts';

/** What a supervisor can be asked to do. */
const supervisorCommands = [
  'ping',
  'reboot-broker',
  'reboot-database',
  'freeze',
  'thaw',
  'stop-load',
  'stop-rows',
  'cdc-start',
  'cdc-stop',
  'cdc-kill',
  'cdc-status',
  'docker-restart',
  'docker-freeze',
  'docker-thaw',
  'docker-hold-esr',
  'docker-release',
  'down',
] as const;

/** One of {@link supervisorCommands}. */
export type SupervisorCommand = (typeof supervisorCommands)[number];

/**
 * Listens on a Unix socket; each connection sends one command and gets `done` with what there is to say, or `failed`
 * with the reason.
 */
export async function serveControl(
  socketPath: string,
  obey: (command: SupervisorCommand) => Promise<string>,
): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    createInterface({ input: socket }).once('line', (line) => {
      const command = supervisorCommands.find((known) => known === line);
      const work = command === undefined ? Promise.reject(new Error(`unknown command ${line}`)) : obey(command);
      work.then(
        (said) => socket.end(`done ${said}\n`),
        (error: unknown) => socket.end(`failed ${JSON.stringify(error instanceof Error ? error.message : error)}\n`),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return server;
}

/**
 * Has the supervisor do something and waits until it is done.
 * @returns what it said: of the `cdc-` commands the state as JSON, else nothing
 * @throws Fault `unreachable` when nobody listens
 */
export async function tellSupervisor(socketPath: string, command: SupervisorCommand): Promise<string> {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = createConnection(socketPath);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(text);
    });
    socket.on('connect', () => socket.write(`${command}\n`));
  }).catch((error: unknown) => {
    throw new Fault({
      code: 'lab.supervisor-unreachable',
      message: `The lab's supervisor does not answer: ${error instanceof Error ? error.message : String(error)}.`,
      next: ['esr-ops lab down', 'esr-ops lab up'],
      exit: 'unreachable',
    });
  });
  if (!answer.startsWith('done ')) {
    throw new Fault({
      code: 'lab.supervisor-failed',
      message: `The lab's supervisor could not carry out '${command}': ${answer.trim() || 'it ended'}.`,
      exit: 'failed',
    });
  }
  return answer.slice('done '.length).trimEnd();
}

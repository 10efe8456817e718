import { connect, createServer, type Server } from 'node:net';
import * as z from 'zod';
import { Fault } from '../../core/fault.ts';
import { sha256 } from '../../core/json.ts';
import { visible } from '../../core/visible.ts';
import { systemErrorCode, systemErrorText } from './system-error.ts';

/** Who holds a lock: shown to whoever finds it taken. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly run: string;
  /** RFC 3339. */
  readonly since: string;
}

/** A lock that is held. */
export interface HeldLock {
  /** Whether it is still held; asked before every effect. */
  held(): Promise<boolean>;
  /** Gives it back; does nothing the second time. */
  release(): Promise<void>;
}

/** Longest answer of a holder that is read, in bytes, and how long it may take, in milliseconds. */
const limits = { bytes: 4_096, ms: 1_000 };

const holderSchema: z.ZodType<LockHolder> = z.strictObject({
  user: z.string(),
  host: z.string(),
  pid: z.int(),
  run: z.string(),
  since: z.string(),
});

/** Name of the lock that keeps two runs on one host from working on one target of one environment. */
export function hostLockName(root: string, environment: string, target: string): string {
  return `esr-ops/${sha256([root, environment, target].join('\0')).slice(0, 32)}`;
}

/**
 * Takes a lock of this host, or throws a Fault `lock.held` (exit locked) that names the holder. The lock is an
 * abstract Unix socket that is listened on: the kernel frees it when the process ends, however it ends, and there is
 * no file that could be left behind. It holds among processes that share a network namespace (a container has its
 * own). It does not keep the process alive.
 */
export async function acquireHostLock({
  name,
  holder,
}: {
  readonly name: string;
  readonly holder: LockHolder;
}): Promise<HeldLock> {
  const path = `\0${name}`;
  // The holder may end between our two looks; then the lock is free and is ours to take.
  for (let tries = 1; ; tries += 1) {
    const server = answering(`${JSON.stringify(holder)}\n`);
    const problem = await listening(server, path);
    if (problem === null) return heldBy(server);
    if (systemErrorCode(problem) !== 'EADDRINUSE') throw notTaken(name, problem);
    const answer = await askHolder(path);
    if (answer.is === 'gone' && tries < 20) continue;
    throw taken(name, answer);
  }
}

function answering(line: string): Server {
  const server = createServer((socket) => {
    socket.unref();
    socket.on('error', () => socket.destroy());
    socket.end(line);
    socket.resume();
  });
  server.unref();
  return server;
}

function listening(server: Server, path: string): Promise<Error | null> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen({ path }, () => {
      server.off('error', resolve);
      resolve(null);
    });
  });
}

function heldBy(server: Server): HeldLock {
  return {
    held: () => Promise.resolve(server.listening),
    release: () =>
      new Promise((resolve) => {
        if (!server.listening) resolve();
        else
          server.close(() => {
            resolve();
          });
      }),
  };
}

type HolderAnswer =
  | { readonly is: 'holder'; readonly holder: LockHolder }
  | { readonly is: 'gone' }
  | { readonly is: 'silent' }
  | { readonly is: 'strange'; readonly text: string };

function askHolder(path: string): Promise<HolderAnswer> {
  return new Promise((resolve) => {
    let text = '';
    let done = false;
    const socket = connect({ path });
    const finish = (answer: HolderAnswer): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => {
      finish(text === '' ? { is: 'silent' } : { is: 'strange', text });
    }, limits.ms);
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      text = (text + piece).slice(0, limits.bytes);
      const lineEnd = text.indexOf('\n');
      if (lineEnd !== -1) finish(read(text.slice(0, lineEnd)));
      else if (text.length >= limits.bytes) finish({ is: 'strange', text });
    });
    socket.on('end', () => {
      finish(text === '' ? { is: 'gone' } : { is: 'strange', text });
    });
    socket.on('error', () => {
      finish({ is: 'gone' });
    });
  });
}

function read(line: string): HolderAnswer {
  try {
    const holder = holderSchema.safeParse(JSON.parse(line));
    return holder.success ? { is: 'holder', holder: holder.data } : { is: 'strange', text: line };
  } catch {
    return { is: 'strange', text: line };
  }
}

function shown(text: string): string {
  return visible(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}

function taken(name: string, answer: HolderAnswer): Fault {
  const where = `abstract socket @${name}`;
  if (answer.is === 'holder') {
    const { user, host, pid, run, since } = answer.holder;
    const [by, on, which, when] = [user, host, run, since].map((text) => shown(text));
    return new Fault({
      code: 'lock.held',
      message: `${by} is at work on this target already: run ${which} on ${on}, process ${pid}, since ${when}.`,
      where,
      exit: 'locked',
      details: { user, host, pid, run, since },
      next: [`wait for run ${which} to end, or speak to ${by}`, 'esr-ops runs list'],
    });
  }
  const why =
    answer.is === 'strange'
      ? `A process that is not esr-ops, or another version of it, has this target's lock; it answers ${JSON.stringify(shown(answer.text))}.`
      : answer.is === 'silent'
        ? `A process has this target's lock and does not say who it is within ${limits.ms / 1000} s: it is stopped or very busy.`
        : `A process has this target's lock and does not say who it is.`;
  return new Fault({
    code: 'lock.held',
    message: why,
    where,
    exit: 'locked',
    next: [`find the process: ss -xlp | grep ${name}`],
  });
}

function notTaken(name: string, problem: Error): Fault {
  return new Fault({
    code: 'lock.not-taken',
    message: `The lock of this host could not be taken: ${systemErrorText(problem)}.`,
    where: `abstract socket @${name}`,
    exit: 'failed',
  });
}

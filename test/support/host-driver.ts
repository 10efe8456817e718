import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Question } from '../../src/core/host.ts';
import type { Message } from '../../src/core/messages.ts';
import { createHost } from '../../src/terminal/create-host.ts';

/** What the driver is told, as JSON in its first argument. */
export interface DriverTask {
  readonly output?: 'text' | 'json';
  readonly input?: boolean;
  readonly color?: 'auto' | 'never';
  readonly secret?: string;
  /** Milliseconds of synchronous work before the first question, during which nothing is read. */
  readonly busyMs?: number;
  readonly questions?: readonly Question[];
  readonly messages?: readonly Message[];
  readonly results?: readonly Message[];
  /** How often the results are written; default once. */
  readonly repeat?: number;
  /** Steps of a progress that is shown, 50 ms apart. */
  readonly progress?: number;
  /** JSON lines about what came of it: the terminal may be gone by then. */
  readonly report: string;
}

const task = JSON.parse(process.argv[2] ?? '{}') as DriverTask;
const report = (fact: object): void => appendFileSync(task.report, `${JSON.stringify(fact)}\n`);
const host = createHost({
  output: task.output ?? 'text',
  input: task.input ?? true,
  color: task.color ?? 'auto',
  streams: process,
  env: process.env,
  clock: { now: () => Date.now(), sleep: (ms) => sleep(ms) },
  timezone: 'Europe/London',
  redact: (text) => (task.secret === undefined ? text : text.replaceAll(task.secret, '[secret]')),
  version: '1.2.3',
});

report({ kind: host.kind, canAsk: host.canAsk });
for (const message of task.messages ?? []) host.say(message);
for (let time = 0; time < (task.repeat ?? 1); time++) for (const message of task.results ?? []) host.result(message);
for (let done = 0; done < (task.progress ?? 0); done++) {
  host.progress({ label: 'copying', done, total: task.progress ?? 0, unit: 'queues', sinceMs: Date.now() - 6000 });
  await sleep(50);
}
host.progress(null);
if (task.busyMs !== undefined) {
  process.stderr.write('BUSY\n');
  const until = Date.now() + task.busyMs;
  while (Date.now() < until);
}
for (const question of task.questions ?? []) {
  try {
    report({ answer: await host.ask(question), raw: process.stdin.isRaw });
  } catch (error) {
    report({ thrown: (error as Error).name, exit: (error as { exit?: string }).exit });
  }
}
await host.close();
report({ end: true });

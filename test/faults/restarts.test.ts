import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../src/core/exit-codes.ts';
import { labBreak } from '../../src/lab/lab-break.ts';
import { tellSupervisor, type SupervisorCommand } from '../../src/lab/supervisor-control.ts';
import { until } from '../../src/lab/until.ts';
import { cdcLab, type CdcLab } from '../cdc/cdc-lab.ts';
import { checkJournal } from '../crash/check-journal.ts';
import { randomFrom } from '../crash/points.ts';
import { esrOps, type Ended } from '../support/program.ts';

const seed = Number(process.env['ESR_OPS_SEED'] ?? Math.floor(Math.random() * 1e9));
/** How often each of them is restarted, at random places; by default one of them once. */
const each = process.env['ESR_OPS_RESTARTS'];
/** The only one to restart. */
const only = process.env['ESR_OPS_RESTARTED'] ?? '';
const documented = Object.values(exitCodes).map(({ code }) => code as number);

/** It dies while its start is waited for, and nothing starts it again. */
const stays = 'change data capture, which stays dead';

/** What is restarted in the middle of a recovery, each for real, and how. */
const restarts = {
  broker: ['reboot-broker'],
  database: ['reboot-database'],
  'change data capture': ['cdc-kill', 'cdc-start'],
  [stays]: ['cdc-kill'],
} as const satisfies Readonly<Record<string, readonly SupervisorCommand[]>>;
type Restarted = keyof typeof restarts;

const isRestarted = (name: string): name is Restarted => Object.hasOwn(restarts, name);

let scene: CdcLab;
beforeAll(async () => {
  scene = await cdcLab('stand-in');
}, 180_000);
afterAll(async () => {
  await scene.remove();
});

const command = ['recover', 'vhost'] as const;

async function tokens(): Promise<readonly string[]> {
  const { lines } = await scene.ops(['--output', 'json', ...command, '--dry-run']);
  const ended = lines.find(({ code }) => code === 'dry-run.ended') as
    { readonly payload: { readonly tokens: readonly string[] } } | undefined;
  return (ended?.payload.tokens ?? []).flatMap((token) => ['--confirm', token]);
}

const random = randomFrom(seed);

/** Where a recovery is held: after the record of this number, or the first with this text. */
type Where = { readonly HOLD_RECORD: string } | { readonly HOLD_TEXT: string };

/** A recovery that waits for it from here on. */
const started: Where = { HOLD_TEXT: '"step":"cdc-start","type":"step.finished"' };

/** Runs the recovery, held after a record of its journal while something is restarted. */
async function disturbed(what: Restarted, where: Where): Promise<Ended> {
  const { stateDir, name } = scene.which;
  const mark = String(Math.floor(random() * 1e9));
  const reached = join(stateDir, `reached-${mark}`);
  const release = join(stateDir, `release-${mark}`);
  const args = ['--env', `lab-${name}`, '--state-dir', stateDir, ...command, '--yes', ...(await tokens())];
  const state = { over: false };
  const ended = esrOps(args, scene.environment, {
    nodeArgs: ['--import', join(import.meta.dirname, 'hold-at-record.mjs')],
    atMostMs: 300_000,
    env: { ...where, HOLD_REACHED: reached, HOLD_UNTIL: release },
  }).finally(() => (state.over = true));
  await until('the record, or the end', () => state.over || existsSync(reached), { atMostMs: 120_000, everyMs: 20 });
  if (!state.over) {
    for (const one of restarts[what]) await tellSupervisor(scene.lab.running.control, one);
    await writeFile(release, '');
  }
  return ended;
}

/** What holds after every run of the program, whatever was restarted meanwhile. */
async function expectHonest(ended: Ended): Promise<void> {
  expect(documented, ended.stderr.slice(-1_500)).toContain(ended.exitCode);
  expect(/^\s+at .*\(.*:\d+:\d+\)|This should not happen/m.exec(ended.stderr), ended.stderr).toBe(null);
  if (ended.exitCode !== 0) expect(ended.stderr, 'a next command').toMatch(/next:|to go on:|esr-ops /);
  const runs = join(scene.which.stateDir, `lab-${scene.which.name}`, 'runs');
  const names = await readdir(runs);
  expect(names.length).toBeGreaterThan(0);
  for (const run of names) await checkJournal(join(runs, run, 'journal.jsonl'));
}

/** Restarted once in a recovery: it ends recovered or can be resumed, CDC goes on, and no change is lost. */
async function undergo(what: Restarted, where: Where): Promise<string> {
  await scene.newChanges();
  await labBreak(scene.which, 'vhost-down');
  let ended = await disturbed(what, where);
  let how = String(ended.exitCode);
  if (where === started) {
    // It is not waited for until the limit, and the next command is the one that is run below.
    expect(ended.exitCode, ended.stderr.slice(-3_000)).toBe(5);
    expect(ended.stderr.replaceAll(/\s+/g, ' ')).toContain('CDC is stopped, so it catches up with nothing');
    expect(ended.stderr).toContain(`esr-ops recover cdc --env lab-${scene.which.name}`);
  }
  await expectHonest(ended);
  for (let tries = 0; ended.exitCode !== 0 && tries < 3; tries += 1) {
    ended = await scene.ops(['resume', '--yes']);
    how += ` → resume ${ended.exitCode}`;
    await expectHonest(ended);
  }
  expect(ended.exitCode, `${how}: ${ended.stderr.slice(-3_000)}`).toBe(0);
  // What died after its own proof is brought back by its own command.
  const cdc = await scene.recover(['recover', 'cdc']);
  expect(cdc.exitCode, cdc.stderr.slice(-2_000)).toBe(0);
  const after = await scene.settled();
  expect(after, how).toMatchObject({ lost: 0, unexplained: 0 });
  return how;
}

test('the broker, the database or change data capture restarted in the middle: recovered, or resumed, and no change lost', async () => {
  const names = Object.keys(restarts) as Restarted[];
  const drawn: Restarted = names[Math.floor(random() * names.length)] ?? 'broker';
  const chosen: readonly Restarted[] = each === undefined ? [isRestarted(only) ? only : drawn] : names;
  for (const what of chosen) {
    for (let round = 0; round < Number(each ?? 1); round += 1) {
      const where: Where = what === stays ? started : { HOLD_RECORD: String(Math.floor(random() * 60)) };
      const how = await undergo(what, where);
      const at = Object.values(where).join('');
      process.stderr.write(`${what}: struck after record ${at} (ESR_OPS_SEED=${seed}): ${how}\n`);
    }
  }
}, 7_200_000);

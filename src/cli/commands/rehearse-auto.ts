import { setTimeout as sleep } from 'node:timers/promises';
import type { ExitName } from '../../core/exit-codes.ts';
import type { Scenario } from '../../core/scenario.ts';
import { typedCommand } from '../../core/typed-command.ts';
import type { Composition } from '../composition.ts';
import type { Again } from './again.ts';
import { sayer } from './lab.ts';
import type { RehearsalScene } from './rehearse-scene.ts';

/** How long what has just been started may take to catch up, ms. */
const patienceMs = 25_000;

/** Most commands of one rehearsal. */
const mostCommands = 8;

/** Findings of what has just been started: they pass by themselves. */
const passing = ['maxwell.lagging', 'maxwell.quiet', 'maxwell.not-connected', 'queues.consumers-missing'];

/** What `next` may be for it to be carried out: all else only looks. */
const acting = /^(?:recover|docker restart|esr restart|cdc|maxwell reset|vhost (?:restart|lift)|etl run)\b/;

/**
 * What an engineer does who follows what the program says: asks what the alert means, carries out the `next` of the
 * first cause, looks again, until there is nothing to act on. Where `next` only looks, or was tried before, the
 * scenario's own way back is taken. `findings`: nothing more was left to try.
 */
export async function followDiagnosis(
  composition: Composition,
  scene: RehearsalScene,
  scenario: Scenario,
  incident: string,
): Promise<ExitName> {
  const type = typing(composition, scene);
  // Longer than by default: what a busy machine answers late would be NOT SEEN, and mended unnamed.
  await type(['diagnose', '--symptom', scenario.alert.text, '--timeout', '10s']);
  const tried = new Set<string>();
  const exits: ExitName[] = [];
  for (;;) {
    const advised = await settled(composition, scene.aside);
    composition.stop.signal.throwIfAborted();
    if (exits.length > 0) await type(['status', '--timeout', '10s']);
    if (advised.length === 0) return exits.find((exit) => exit !== 'done') ?? 'done';
    const known = [
      ...advised.filter((command) => acting.test(command)),
      ...scenario.recovery.map(({ command }) => command),
    ];
    const next = known.find((command) => !tried.has(command));
    if (next === undefined || exits.length === mostCommands) return 'findings';
    tried.add(next);
    const words = next.replace('TIME', new Date(scene.brokenAtMs - 1_000).toISOString()).split(' ');
    exits.push(await type([...words, '--yes', ...(await consents(scene.aside, words)), '--incident', incident]));
  }
}

/** Types a command as a person would, and shows it. */
export function typing(
  composition: Composition,
  { again, environment }: Pick<RehearsalScene, 'again' | 'environment'>,
): (words: readonly string[]) => Promise<ExitName> {
  const say = sayer(composition);
  return async (words) => {
    say('');
    say(`$ ${typedCommand(['esr-ops', ...words, '--env', environment])}`);
    return await again.show(words);
  };
}

/**
 * Commands that the causes name, first first, once what passes by itself has passed; none: all is well. What is left
 * behind for later is no cause.
 */
export async function settled(
  composition: Composition,
  aside: Again,
  atMostMs = patienceMs,
): Promise<readonly string[]> {
  for (let waited = 0; ; waited += 2_000) {
    const heard = await aside.hear(['diagnose', '--timeout', '10s']);
    const shown = heard.find((message) => message.code === 'diagnosis.shown');
    const causes = shown?.payload.diagnosis.roots.map(({ cause }) => cause) ?? [];
    const waits = causes.length > 0 && causes.every(({ code }) => passing.includes(code));
    if (!waits || waited >= atMostMs || composition.stop.requested())
      return causes.map(({ next }) => next.command.replace(/^esr-ops /, ''));
    await sleep(2_000, undefined, { signal: composition.stop.signal }).catch(() => undefined);
  }
}

/** What the dry run says that a script must agree to: where a replay begins is not known before. */
async function consents(aside: Again, command: readonly string[]): Promise<readonly string[]> {
  const said = await aside.hear([...command, '--dry-run']);
  const ended = said.find((message) => message.code === 'dry-run.ended');
  return ended === undefined ? [] : ended.payload.tokens.flatMap((token) => ['--confirm', token]);
}

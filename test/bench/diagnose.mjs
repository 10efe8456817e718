// node test/bench/diagnose.mjs [--program FILE] [--pairs all|N|0] [--no-singles] [--follow] [--only FAULT[+FAULT]]…: breaks a
// lab in every way, alone and in pairs, and prints what `diagnose` names first, how long it took, and whether `next` leads
// to health. Docker's faults need root and its engine; --without-docker leaves them out.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { followToHealth, healthy } from './faults-followed.mjs';
import { inOrder, pairsOf, readFaultCodes } from './lab-faults.mjs';
import { startLab } from './lab.mjs';
import { builtProgram } from './recreate.mjs';

const inDocker = ['container-dead', 'container-removing', 'app-startup-failed', 'daemon-hung'];

/** A lab's day has deadlines: after so long it is made anew, ms. */
const labLastsMs = 35 * 60_000;

/** Breaks, diagnoses and, if asked to, follows; the lab is healed afterwards. */
export async function diagnoseFaults(scene, faults, { codes, following }) {
  await scene.ops(['vhost', 'capture', '--yes', '--if-changed']);
  const brokenAt = Date.now();
  for (const fault of faults) await scene.modules.labBreak(scene.which, fault);
  const seen = await scene.hear(['diagnose'], 'diagnosis.shown');
  const roots = seen.payload?.diagnosis.roots ?? [];
  const named = roots.flatMap(({ cause, brings }) => [cause.code, ...brings.map(({ code }) => code)]);
  const first = roots[0]?.cause.code ?? 'nothing';
  const wanted = faults.map((fault) => codes[fault]);
  const result = {
    faults,
    first,
    roots: roots.map(({ cause }) => cause.code),
    right: wanted.some((some) => some.includes(first)),
    all: wanted.every((some) => some.some((code) => named.includes(code))),
    ms: seen.ms,
    followed: null,
  };
  if (following) result.followed = await followToHealth(scene, brokenAt);
  await scene.modules.labHeal(scene.which);
  await scene.modules.until('the lab to be well again', () => healthy(scene), { atMostMs: 120_000, everyMs: 1_000 });
  return result;
}

async function main() {
  const { values } = parseArgs({
    options: {
      program: { type: 'string', default: builtProgram },
      pairs: { type: 'string', default: 'all' },
      'no-singles': { type: 'boolean', default: false },
      'without-docker': { type: 'boolean', default: false },
      follow: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
    },
  });
  const codes = await readFaultCodes();
  const docker = !values['without-docker'];
  const sets = setsOf(
    Object.keys(codes).filter((fault) => docker || !inDocker.includes(fault)),
    values,
  );
  const results = [];
  let scene;
  let madeAt = 0;
  say('| injected | named first | right | all named | ms | followed |');
  say('| --- | --- | --- | --- | ---: | --- |');
  try {
    for (const set of sets) {
      if (scene === undefined || performance.now() - madeAt > labLastsMs) {
        await scene?.end();
        scene = await startLab({ name: 'diagnose', program: values.program, docker, etl: true });
        madeAt = performance.now();
        // A replay of the last minute needs a log that is older than that.
        if (values.follow) await new Promise((resolve) => setTimeout(resolve, 45_000));
      }
      const result = await diagnoseFaults(scene, set, { codes, following: values.follow }).catch((error) => ({
        faults: set,
        first: error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error),
        right: false,
        all: false,
        ms: 0,
        followed: { healthy: false, typed: [] },
        spoilt: true,
      }));
      results.push(result);
      say(
        `| ${set.join(' + ')} | ${result.first} | ${yes(result.right)} | ${yes(result.all)} | ${Math.round(result.ms)} | ${followedWords(result.followed)} |`,
      );
      for (const { command, exitCode, said } of result.followed?.healthy === false ? result.followed.typed : [])
        process.stderr.write(`\n${set.join(' + ')}: ${command} (${exitCode})\n${said}\n`);
      if (result.spoilt !== true) continue;
      // Whatever state it was left in is none to go on from.
      await scene.end();
      scene = undefined;
    }
  } finally {
    await scene?.end();
  }
  for (const count of [1, 2]) sumUp(count, results, values.follow);
  if (results.some(({ right, followed }) => !right || followed?.healthy === false)) process.exitCode = 1;
}

/** What is injected, in turn. */
function setsOf(faults, { only, pairs, 'no-singles': noSingles }) {
  const named = (only ?? []).filter((one) => one.includes('+')).map((one) => inOrder(one.split('+')));
  const alone = only === undefined ? faults : only.filter((one) => !one.includes('+'));
  const all = pairsOf(alone);
  return [
    ...(noSingles ? [] : alone.map((fault) => [fault])),
    ...named,
    ...(pairs === 'all' ? all : all.slice(0, Number(pairs))),
  ];
}

function sumUp(count, results, following) {
  const of = results.filter(({ faults }) => faults.length === count);
  if (of.length === 0) return;
  const right = of.filter((result) => result.right).length;
  const figures = [
    `${right} of ${of.length} named first (${Math.round((100 * right) / of.length)} %)`,
    `all named ${of.filter(({ all }) => all).length}`,
    `slowest ${Math.round(Math.max(...of.map(({ ms }) => ms)))} ms`,
    ...(following ? [`led to health ${of.filter(({ followed }) => followed.healthy).length}`] : []),
  ];
  say(`${count === 1 ? 'single faults' : 'pairs'}: ${figures.join(', ')}`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function yes(is) {
  return is ? 'yes' : 'NO';
}

function followedWords(followed) {
  if (followed === null) return '';
  const typed = followed.typed.map(({ command, exitCode }) => `${command} (${exitCode})`).join(', then ');
  return `${followed.healthy ? 'healthy' : 'NOT HEALTHY'}: ${typed}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

// node test/bench/diagnose.mjs [--program FILE] [--pairs all|N|0] [--follow] [--only FAULT]…: breaks a lab in every way,
// alone and in pairs, and prints what `diagnose` names first, how long it took, and whether `next` leads to health.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { followToHealth } from './faults-followed.mjs';
import { startLab } from './lab.mjs';
import { builtProgram } from './recreate.mjs';

/** Codes of findings by which `diagnose` names a fault of the lab. */
export const namedBy = {
  'vhost-down': ['vhost.down'],
  'vhost-down-rebooted': ['vhost.down-rebooted'],
  'vhost-absent': ['vhost.absent'],
  'permission-lost': ['vhost.permission-lost'],
  'cdc-down': ['maxwell.stopped'],
  'cdc-wrong-vhost': ['maxwell.wrong-vhost'],
  'position-lost': ['maxwell.position-lost'],
  'binlog-purged': ['maxwell.position-purged'],
};

/** Faults of which the first hides the second, or that can't both be there. */
const impossible = [
  ['vhost-down', 'vhost-down-rebooted'],
  ['vhost-down', 'vhost-absent'],
  ['vhost-down-rebooted', 'vhost-absent'],
  ['vhost-absent', 'permission-lost'],
  ['position-lost', 'binlog-purged'],
];

/** Order in which two faults can be injected: what needs a vhost that runs comes first. */
const order = [
  'permission-lost',
  'cdc-wrong-vhost',
  'cdc-down',
  'position-lost',
  'binlog-purged',
  'vhost-down-rebooted',
  'vhost-down',
  'vhost-absent',
];

/** Breaks, diagnoses and, if asked to, follows; the lab is healed afterwards. */
export async function diagnoseFaults(scene, faults, { following }) {
  await scene.ops(['vhost', 'capture', '--yes', '--if-changed']);
  const brokenAt = Date.now();
  for (const fault of faults) await scene.modules.labBreak(scene.which, fault);
  const seen = await scene.hear(['diagnose'], 'diagnosis.shown');
  const roots = seen.payload?.diagnosis.roots ?? [];
  const named = roots.flatMap(({ cause, brings }) => [cause.code, ...brings.map(({ code }) => code)]);
  const first = roots[0]?.cause.code ?? 'nothing';
  const wanted = faults.map((fault) => namedBy[fault]);
  const result = {
    faults,
    first,
    roots: roots.map(({ cause }) => cause.code),
    right: wanted.some((codes) => codes.includes(first)),
    all: wanted.every((codes) => codes.some((code) => named.includes(code))),
    ms: seen.ms,
    followed: null,
  };
  if (following) result.followed = await followToHealth(scene, brokenAt);
  await scene.modules.labHeal(scene.which);
  await scene.modules.until(
    'the lab to be well again',
    async () => (await scene.hear(['status', '--timeout', '10s'], 'status.shown')).exitCode === 0,
    { atMostMs: 120_000, everyMs: 1_000 },
  );
  return result;
}

/** All pairs that can be, each in the order in which they can be injected. */
export function pairsOf(faults) {
  const sorted = [...faults].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return sorted
    .flatMap((a, index) => sorted.slice(index + 1).map((b) => [a, b]))
    .filter((pair) => !impossible.some((other) => other.every((fault) => pair.includes(fault))));
}

async function main() {
  const { values } = parseArgs({
    options: {
      program: { type: 'string', default: builtProgram },
      pairs: { type: 'string', default: 'all' },
      follow: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
    },
  });
  const say = (line) => process.stdout.write(`${line}\n`);
  const scene = await startLab({ name: 'diagnose', program: values.program });
  try {
    // A replay of the last minute needs a log that is older than that.
    if (values.follow) await new Promise((resolve) => setTimeout(resolve, 45_000));
    const faults = values.only ?? Object.keys(namedBy);
    const singles = faults.map((fault) => [fault]);
    const pairs = pairsOf(faults);
    const some = values.pairs === 'all' ? pairs : pairs.slice(0, Number(values.pairs));
    const results = [];
    say('| injected | named first | right | all named | ms | followed |');
    say('| --- | --- | --- | --- | ---: | --- |');
    for (const set of [...singles, ...some]) {
      const result = await diagnoseFaults(scene, set, { following: values.follow });
      results.push(result);
      say(
        `| ${set.join(' + ')} | ${result.first} | ${yes(result.right)} | ${yes(result.all)} | ${Math.round(result.ms)} | ${followedWords(result.followed)} |`,
      );
    }
    for (const count of [1, 2]) {
      const of = results.filter(({ faults: set }) => set.length === count);
      if (of.length === 0) continue;
      const right = of.filter((result) => result.right).length;
      say(
        `${count === 1 ? 'single faults' : 'pairs'}: ${right} of ${of.length} named first (${Math.round((100 * right) / of.length)} %), all named ${of.filter(({ all }) => all).length}, slowest ${Math.round(Math.max(...of.map(({ ms }) => ms)))} ms${values.follow ? `, led to health ${of.filter(({ followed }) => followed.healthy).length}` : ''}`,
      );
    }
    if (results.some(({ right, followed }) => !right || followed?.healthy === false)) process.exitCode = 1;
  } finally {
    await scene.end();
  }
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

// What a person does who follows `next` of `esr-ops diagnose` to the letter, by script.
/** Consent by name, as the dry run of the command prints it. */
async function agreed(scene, args) {
  const dry = await scene.hear([...args, '--dry-run'], 'dry-run.ended');
  return ['--yes', ...(dry.payload?.tokens ?? []).flatMap((token) => ['--confirm', token])];
}

/** Carries out one `next`. Returns what was typed. */
export async function follow(scene, finding, brokenAt) {
  const { command } = finding.next;
  const words = command
    .replace(/^esr-ops /, '')
    .replace('TIME', new Date(brokenAt - 5_000).toISOString())
    .split(' ');
  const flags = words.includes('--yes') ? [] : await agreed(scene, words);
  const ended = await scene.ops([...words, ...flags]);
  const said = ended.stderr;
  // Told which time is left, a person gives that one, and accepts by name what is gone.
  const [, left] = /give (\d{4}-\S+Z) or later/.exec(said) ?? [];
  if (left === undefined) return { command, exitCode: ended.exitCode, said: said.slice(-1_500) };
  const narrowed = words.map((word) => (/^\d{4}-.*Z$/.test(word) ? left : word)).concat('--accept-gap');
  const again = await scene.ops([...narrowed, ...(await agreed(scene, narrowed))]);
  return { command: `${command}, from ${left} on`, exitCode: again.exitCode, said: again.stderr.slice(-1_500) };
}

/** Follows `next` until `status` has nothing to act on; at most so many commands. */
export async function followToHealth(scene, brokenAt, atMost = 4) {
  const typed = [];
  for (let round = 0; round <= atMost; round += 1) {
    const wrong = await settled(scene);
    if (wrong === null) return { healthy: true, typed };
    if (round < atMost) typed.push(await follow(scene, wrong.roots[0].cause, brokenAt));
  }
  return { healthy: false, typed };
}

/** Whether nothing is to be acted on. */
export async function healthy(scene) {
  return (await scene.hear(['status', '--timeout', '10s'], 'status.shown')).exitCode === 0;
}

/** Null once all is well; services take seconds to come back, and listings lag. */
async function settled(scene, patienceMs = 25_000) {
  const until = performance.now() + patienceMs;
  for (;;) {
    const status = await scene.hear(['status', '--timeout', '10s'], 'status.shown');
    if (status.exitCode === 0) return null;
    // A consequence that passes by itself: what has just been started catches up.
    const passing = status.payload?.roots.every(({ cause }) =>
      ['maxwell.lagging', 'maxwell.quiet', 'maxwell.not-connected', 'queues.consumers-missing'].includes(cause),
    );
    if (!passing || performance.now() > until) {
      const seen = await scene.hear(['diagnose', '--timeout', '10s'], 'diagnosis.shown');
      return seen.payload.diagnosis.roots.length === 0 ? null : seen.payload.diagnosis;
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

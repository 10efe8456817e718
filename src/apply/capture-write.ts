import { randomBytes } from 'node:crypto';
import { lastGood } from '../core/last-good.ts';
import { expectedVhost } from '../core/expected.ts';
import type { CaptureWrite } from '../core/change.ts';
import { fencedOut, withFenced } from '../core/fenced-out.ts';
import type { JsonObject } from '../core/json.ts';
import type { Applied, Verified } from '../core/run.ts';
import { unfinishedRecreation } from '../core/unfinished.ts';
import { contentDigest, judgeCapture } from '../core/verdict.ts';
import type { Seen, World } from './world.ts';

/** Takes the capture; the writer reads it back before it returns. */
export async function apply(change: CaptureWrite, world: World): Promise<Applied> {
  const { rabbit, captures, clock } = world.readers;
  const runs = await world.readers.runs.list();
  const { snapshot, restored } = withFenced(await rabbit.snapshot(change.vhost), fencedOut(runs, change.vhost));
  const good = await lastGood(captures, change.vhost);
  if (change.ifChanged && good !== null && contentDigest(good.snapshot) === contentDigest(snapshot)) {
    return { evidence: [`unchanged since ${good.manifest.id}`], output: { id: good.manifest.id, verdict: 'complete' } };
  }
  const verdict = judgeCapture({
    fresh: snapshot,
    lastGood: good?.snapshot ?? null,
    expected: expectedVhost(world.environment),
    unfinished: unfinishedRecreation(runs, change.vhost) !== null,
  });
  const manifest = await world.writers.captures.write(captureId(clock.now()), snapshot, verdict);
  return {
    evidence: [
      `capture ${manifest.id}`,
      ...restored.map(
        (permission) => `permission of ${permission.user} taken from the journal: an earlier run withdrew it`,
      ),
    ],
    output: { id: manifest.id, verdict: manifest.verdict.is },
  };
}

/** Loading checks every file. After a crash the id is lost with the memory; taking another capture is harmless. */
export async function verify(_change: CaptureWrite, seen: Seen, output: JsonObject | null): Promise<Verified> {
  const id = output?.['id'];
  if (typeof id !== 'string')
    return {
      verdict: 'not-applied',
      evidence: ['no capture of this run is known; taking one again harms nothing'],
      output: {},
    };
  const { manifest } = await seen.readers.captures.load(id, 'with');
  const counts = Object.entries(manifest.counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
  return {
    verdict: 'applied',
    evidence: [
      `capture ${id} read back and checked: ${counts}`,
      ...(manifest.verdict.is === 'poorer' ? [`it does not count as good: ${manifest.verdict.because}`] : []),
    ],
    output: { id, verdict: manifest.verdict.is },
  };
}

function captureId(now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  return `cap-${stamp}-${randomBytes(3).toString('hex')}`;
}

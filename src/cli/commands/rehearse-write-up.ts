import type { Scenario } from '../../core/scenario.ts';
import type { Composition } from '../composition.ts';
import { typing } from './rehearse-auto.ts';
import type { RehearsalScene } from './rehearse-scene.ts';

/**
 * The day compared and the post-mortem written, as after an incident: how it was noticed is added as a note, for no
 * journal knows it. `file`: where the post-mortem goes; null: it is shown.
 */
export async function writeUp(
  composition: Composition,
  scene: RehearsalScene,
  { alert }: Scenario,
  incident: string,
  file: string | null,
): Promise<void> {
  const type = typing(composition, scene);
  const runs = (await scene.aside.runs()).filter(({ state }) => state?.incident === incident);
  const [oldest] = [...runs].reverse();
  if (oldest === undefined) return;
  const when = new Date(scene.brokenAtMs).toISOString();
  await scene.aside.hear(['runs', 'note', oldest.run, `detection: at ${when} ${alert.from}: ${alert.text}`]);
  await type(['reconcile', '--date', dayIn('Europe/London', Date.now())]);
  const words = ['report', '--incident', incident];
  if (file === null) {
    await type(words);
    return;
  }
  const heard = await scene.aside.hear(words);
  const made = heard.find((message) => message.code === 'report.made');
  if (made === undefined) return;
  const written = await composition.records.newFile(file, false);
  try {
    await written.write(made.payload.markdown);
    await written.keep();
  } finally {
    await written.drop();
  }
  composition.host.say({ code: 'lab.said', payload: { text: `The post-mortem of ${incident} is in ${file}.` } });
}

/** The lab's zone decides which day it is. */
function dayIn(timeZone: string, atMs: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(atMs);
}

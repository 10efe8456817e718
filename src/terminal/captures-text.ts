import type { CaptureManifest } from '../core/capture.ts';
import type { Messages } from '../core/messages.ts';
import { foldList } from './fold-list.ts';
import { blank, indented, line, toned, type Line } from './lines.ts';
import { labelled, warningLine } from './problem-text.ts';
import type { Style } from './style.ts';
import { instant } from './times.ts';

/** Captures of a vhost, newest first, and what each is worth. */
export function capturesLines(
  { vhost, captures, damaged }: Messages['captures.listed'],
  style: Style,
): readonly Line[] {
  const bad = damaged.map(({ id, why }) => warningLine(style, `${id} can't be used: ${why}`));
  if (captures.length === 0) return [line(`There is no capture of vhost ${vhost} on this host.`), ...bad];
  return [
    ...captures.flatMap((manifest) => captureLines(manifest, style)),
    ...bad,
    blank,
    line('To recreate the vhost from one of them: esr-ops recover vhost --baseline ID (or last-good)'),
  ];
}

function captureLines(manifest: CaptureManifest, style: Style): readonly Line[] {
  const counts = Object.entries(manifest.counts).map(([what, count]) => `${count} ${what}`);
  return [
    line(toned('strong', manifest.id), ` of vhost ${manifest.vhost}, ${instant(manifest.takenAt, style.timezone)}`),
    labelled(2, 'vhost  ', `${manifest.state} when it was taken`),
    ...(counts.length === 0 ? [] : [labelled(2, 'holds  ', counts.join(', '))]),
    labelled(2, 'content', manifest.contentDigest),
    ...verdictLines(manifest, style),
    ...secretLines(manifest, style),
  ];
}

function verdictLines({ verdict }: CaptureManifest, style: Style): readonly Line[] {
  if (verdict.is === 'complete') {
    return [indented(2, [toned('good', `${style.symbols.good} `), `complete: ${verdict.because}`], 2)];
  }
  const { shown, more } = foldList(verdict.missing);
  return [
    warningLine(style, `POORER than it should be, so nothing may be deleted on its strength: ${verdict.because}`, 2),
    ...shown.map((item) => indented(4, [`${style.symbols.bullet} missing: ${item}`], 2)),
    ...(more === 0 ? [] : [indented(4, [`and ${more} more`])]),
  ];
}

function secretLines({ secrets }: CaptureManifest, style: Style): readonly Line[] {
  if (secrets.kept === 'none') return [];
  if (secrets.kept === 'encrypted') return [labelled(2, 'secrets', `encrypted (${secrets.items.join(', ')})`)];
  return [
    warningLine(style, `passwords were left out and must be entered again by hand: ${secrets.items.join(', ')}`, 2),
  ];
}

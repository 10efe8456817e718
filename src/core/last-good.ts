import type { Capture } from './capture.ts';
import type { CaptureReader } from './ports.ts';

/**
 * The newest capture that is fit to recreate the vhost from, read back and checked; null when there is none. Without
 * its secrets, so that a rotated key is no obstacle to comparing.
 */
export async function lastGood(
  captures: CaptureReader,
  vhost: string,
  state: 'any' | 'running' = 'any',
): Promise<Capture | null> {
  const { manifests } = await captures.list(vhost);
  const found = manifests.find(
    (manifest) => manifest.verdict.is === 'complete' && (state === 'any' || manifest.state === 'running'),
  );
  return found === undefined ? null : await captures.load(found.id, 'without');
}

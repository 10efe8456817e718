import type { VhostSnapshot, VhostState } from './vhost.ts';

/** What a capture's manifest says of one of its files. */
export interface CaptureFile {
  /** File name inside the capture's folder; never a path. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * `complete`: fit to recreate the vhost from · `poorer`: lacks items that an earlier good capture, the
 * configuration or its own references name; never counts as good and blocks a delete.
 */
export type CaptureVerdict =
  | { readonly is: 'complete'; readonly because: string }
  | { readonly is: 'poorer'; readonly because: string; readonly missing: readonly string[] };

/** `manifest.json` of a capture: written last, so that a capture without one does not exist. */
export interface CaptureManifest {
  readonly format: 1;
  /** `cap-<UTC compact>-<6 hex>`; also the folder's name. */
  readonly id: string;
  readonly vhost: string;
  readonly takenAt: string;
  /** State of the vhost when it was taken. */
  readonly state: VhostState;
  readonly broker: { readonly version: string; readonly clusterName: string };
  readonly counts: Readonly<Record<string, number>>;
  readonly verdict: CaptureVerdict;
  /** SHA-256 over the canonical form of what would be recreated: equal content, equal digest. */
  readonly contentDigest: string;
  readonly files: readonly CaptureFile[];
  /**
   * Secret values (passwords inside shovel and federation parameters): `none` there are none · `encrypted` in
   * `secrets.enc` · `omitted` left out by configuration, so they must be entered again by hand.
   */
  readonly secrets: { readonly kept: 'none' | 'encrypted' | 'omitted'; readonly items: readonly string[] };
}

/** A capture read back, its files checked against the manifest. */
export interface Capture {
  readonly manifest: CaptureManifest;
  /** Secret values are put back in when they were kept and the key is configured. */
  readonly snapshot: VhostSnapshot;
  /** Folder of the capture. */
  readonly path: string;
}

/**
 * Which capture a change uses. A plan made before the capture exists names the step that will take it, so that
 * the plan that is shown and the change that is made are the same data.
 */
export type CaptureRef =
  { readonly from: 'step'; readonly step: string } | { readonly from: 'id'; readonly id: string };

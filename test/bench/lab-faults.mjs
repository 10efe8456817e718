// The lab's faults as the bench of `diagnose` breaks them: by which findings each is named, and which go together.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

const scenarios = new URL('../../runbooks/scenarios.yaml', import.meta.url);

/**
 * Order in which two faults can be injected: a job of the ETL needs all that works, a container needs a daemon that
 * answers, a permission needs a vhost that runs.
 */
const faultOrder = [
  'etl-partial',
  's3-file-missing',
  'etl-failed-0200',
  'app-startup-failed',
  'container-removing',
  'container-dead',
  'permission-lost',
  'cdc-wrong-vhost',
  'cdc-down',
  'position-lost',
  'binlog-purged',
  'vhost-down-rebooted',
  'vhost-down',
  'vhost-absent',
  'daemon-hung',
];

/** Faults of which the first hides the second, or is a part of it, or that can't both be there. */
const impossible = [
  ['vhost-down', 'vhost-down-rebooted'],
  ['vhost-down', 'vhost-absent'],
  ['vhost-down-rebooted', 'vhost-absent'],
  ['vhost-absent', 'permission-lost'],
  ['position-lost', 'binlog-purged'],
  // The failed night takes all files and rows away, and is itself an application that did not start.
  ['etl-partial', 'etl-failed-0200'],
  ['s3-file-missing', 'etl-failed-0200'],
  ['app-startup-failed', 'etl-failed-0200'],
  // The same container.
  ['app-startup-failed', 'container-removing'],
];

/**
 * Codes of findings by which `diagnose` names each fault, as rehearsals have them.
 * @returns {Promise<Readonly<Record<string, readonly string[]>>>}
 */
export async function readFaultCodes() {
  const { faults } = parse(await readFile(scenarios, 'utf8'));
  const missing = Object.keys(faults).filter((fault) => !faultOrder.includes(fault));
  if (missing.length > 0) throw new Error(`nothing is said of when to inject ${missing.join(', ')}`);
  return Object.fromEntries(faultOrder.map((fault) => [fault, faults[fault].shownBy]));
}

/** Faults in the order in which they can be injected. */
export function inOrder(faults) {
  return [...faults].sort((a, b) => faultOrder.indexOf(a) - faultOrder.indexOf(b));
}

/** All pairs that can be, each in the order in which they can be injected. */
export function pairsOf(faults) {
  const sorted = inOrder(faults);
  return sorted
    .flatMap((a, index) => sorted.slice(index + 1).map((b) => [a, b]))
    .filter((pair) => !impossible.some((other) => other.every((fault) => pair.includes(fault))));
}

import { readFile } from 'node:fs/promises';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMaxwell } from '../../src/lab/cdc/find-maxwell.ts';
import { labCdc } from '../../src/lab/cdc/lab-cdc.ts';
import { accessTo } from '../support/maxwell-world.ts';
import { realMaxwell } from '../support/real-maxwell.ts';
import { cdcLab, type CdcLab } from './cdc-lab.ts';
import { recoverFrom } from './recover-from.ts';
import { startsFrom } from './starts-from.ts';

/** Located positions from which Maxwell is started; a Java program starts slowly. */
const starts = process.env['ESR_OPS_SWEEP'] === undefined ? 2 : 5;

// Where it can't be had, that is said aloud; where ESR_OPS_REQUIRE names maven, it is an error.
const kinds = (await realMaxwell()) ? (['real'] as const) : [];

it('is what a lab takes by itself, or there is a reason why not', async () => {
  const found = await findMaxwell({ program: [process.execPath], say: () => undefined });
  expect(found.kind === 'real' ? found.label : found.because).toMatch(found.kind === 'real' ? /^Maxwell 1\./ : /./);
  expect(found.kind === 'real').toBe(kinds.length === 1);
});

describe.each(kinds)('with the %s Maxwell and rows changed all through', (kind) => {
  let scene: CdcLab;
  beforeAll(async () => {
    scene = await cdcLab(kind);
  });
  afterAll(async () => {
    await scene.remove();
  });

  it('vhost-down: nothing is lost, and as many come twice as was said', async () => {
    await recoverFrom(scene, 'vhost-down', ['recover', 'vhost']);
  }, 300_000);

  it('starts from each of a sample of located positions and reads on', async () => {
    const { mariadb, cdc } = scene.lab.running;
    const access = accessTo(mariadb.port, mariadb.reader.user, await readFile(mariadb.reader.passwordFile, 'utf8'));
    const [row] = (await scene.root.query<RowDataPacket[]>('SELECT client_id FROM maxwell.positions'))[0];
    await startsFrom(
      {
        clientId: String(row?.['client_id']),
        schemaDatabase: cdc?.schemaDatabase ?? '',
        access,
        root: scene.root,
        control: (verb) => labCdc(scene.which, verb),
        log: async () => (await labCdc(scene.which, 'logs', 400)).text,
      },
      // Not further back than the recovery before took: a time from before Maxwell's first schema has none to start with.
      { from: Date.now() - 15_000, to: Date.now(), count: starts, random: Math.random },
    );
  }, 300_000);
});

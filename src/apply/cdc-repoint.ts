import type { CdcRepoint } from '../core/change.ts';
import { Fault } from '../core/fault.ts';
import type { Applied, Verified } from '../core/run.ts';
import { cdcOf, noCdc } from './cdc-stop.ts';
import type { Seen, World } from './world.ts';

/** Made again from the file as it is now, with the password as it is now, and written only where both are as planned. */
export async function apply(change: CdcRepoint, world: World): Promise<Applied> {
  if (world.writers.cdc === null) throw noCdc();
  const cdc = cdcOf(world);
  const process = await cdc.process.status();
  if (process.is !== 'stopped')
    throw refused('cdc.not-quiet', 'CDC runs again, and would go on with what it read when it started', 'blocked');
  const edit = await cdc.edit(change.asked);
  if (edit.was !== change.was)
    throw refused('cdc.config-changed', `${change.where} is no longer what it was when this was planned`, 'stale');
  if (edit.becomes !== change.becomes)
    throw refused('cdc.password-changed', 'The password to be written is no longer what it was when planned', 'stale');
  const { backup } = await world.writers.cdc.process.writeConfig(edit.bytes, {
    expectSha256: change.was,
    run: world.run,
  });
  return {
    evidence: [`${change.where} is written${backup === null ? '' : `, its old content is ${backup}`}`],
    output: backup === null ? {} : { backup },
  };
}

/** The file's digest: the new one, the old one, or somebody else's. */
export async function verify(change: CdcRepoint, seen: Seen): Promise<Verified> {
  const { sha256 } = await cdcOf(seen).process.readConfig();
  if (sha256 === change.becomes) {
    const { vhost, user } = await cdcOf(seen).target();
    return {
      verdict: 'applied',
      evidence: [`${change.where} reads back as it was to be: vhost ${vhost}, user ${user} (sha256 ${sha256})`],
      output: {},
    };
  }
  if (sha256 === change.was)
    return { verdict: 'not-applied', evidence: [`${change.where} is as it was (sha256 ${sha256})`], output: {} };
  return {
    verdict: 'unknown',
    evidence: [`${change.where} is neither as it was nor as it was to be: somebody else wrote it (sha256 ${sha256})`],
    output: {},
  };
}

function refused(code: string, why: string, exit: 'blocked' | 'stale'): Fault {
  return new Fault({ code, message: `${why}. The file was not changed.`, exit, details: { sent: false } });
}

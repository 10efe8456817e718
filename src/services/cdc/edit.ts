import { effectiveTarget, type CdcConfig, type CdcConfigFile } from '../../core/cdc-config.ts';
import type { CdcConfigReading, CdcEdit, RepointRequest } from '../../core/cdc-ports.ts';
import { sha256 } from '../../core/json.ts';
import { readMaxwellSettings } from '../../core/maxwell-settings.ts';
import { repointed } from '../../core/repointed.ts';

/** An edit, and the password that CDC would have after it; null when the file does not show it. */
export interface PreparedEdit {
  readonly edit: CdcEdit;
  readonly password: string | null;
}

/**
 * What a file would be with CDC publishing elsewhere. `passwordOf` gives the configured password of a broker's user, or
 * null where none is configured.
 */
export async function prepareEdit(
  reading: CdcConfigReading,
  kind: CdcConfigFile,
  to: RepointRequest,
  passwordOf: (user: string) => Promise<string | null>,
): Promise<PreparedEdit> {
  const now = effectiveTarget(reading.config);
  const user = to.user ?? now.user;
  const password = await passwordOf(user);
  const { bytes, diff, changed } = repointed(reading.bytes, kind, kind.file, {
    vhost: to.vhost,
    ...(to.user === null ? {} : { user: to.user }),
    ...(password === null ? {} : { password }),
    ...(to.host === null ? {} : { host: to.host }),
  });
  const after = readMaxwellSettings(bytes, kind, kind.file);
  return {
    password: valueOf(after, 'rabbitmq_pass'),
    edit: {
      where: reading.where,
      was: reading.sha256,
      becomes: sha256(bytes),
      bytes,
      diff,
      changed,
      now,
      then: effectiveTarget(after),
      declares: valueOf(after, 'rabbitmq_declare_exchange')?.toLowerCase() !== 'false',
      password: password !== null ? 'configured' : user === now.user ? 'kept' : 'missing',
      modifiedAt: reading.modifiedAt,
    },
  };
}

function valueOf(config: CdcConfig, name: string): string | null {
  const found = config.values.get(name);
  return found?.known === true ? found.value : null;
}

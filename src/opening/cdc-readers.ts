import { effectiveTarget } from '../core/cdc-config.ts';
import type { RepointRequest } from '../core/cdc-ports.ts';
import type { Readers } from '../core/ports.ts';
import type { Settings } from './settings.ts';

/** Readers of CDC; null where the configuration does not say how it is controlled. */
export async function openCdcReaders(settings: Settings): Promise<Readers['cdc']> {
  const { cdc, hosts, name } = await settings.environment();
  if (typeof cdc === 'string') return null;
  const { createCdcReader } = await import('../services/cdc/reader.ts');
  const { hostReaders } = await import('../services/host/reader.ts');
  const { createMaxwellReader } = await import('../services/maxwell/reader.ts');
  const { prepareEdit } = await import('../services/cdc/edit.ts');
  const { loginAs } = await import('../services/rabbitmq/login.ts');
  const process = createCdcReader(cdc, hostReaders(hosts));
  const prepared = async (to: RepointRequest) =>
    prepareEdit(await process.readConfig(), cdc.config, to, async (user) => {
      const ref = Object.hasOwn(cdc.brokerUsers, user) ? cdc.brokerUsers[user] : undefined;
      if (ref === undefined) return null;
      return settings.resolve(ref, `environments.${name}.cdc.brokerUsers.${user}.password`);
    });
  return {
    process,
    edit: async (to) => (await prepared(to)).edit,
    login: async (to) => {
      const { edit, password } = await prepared(to);
      return loginAs(await settings.access(), { user: edit.then.user, password, vhost: edit.then.vhost });
    },
    maxwell: createMaxwellReader(settings.mysql, cdc, async () => {
      const filter = (await process.readConfig()).config.values.get('filter');
      return filter?.known === false ? null : (filter?.value ?? '');
    }),
    target: async () => effectiveTarget((await process.readConfig()).config),
  };
}

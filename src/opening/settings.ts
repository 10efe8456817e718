import { join } from 'node:path';
import type { GlobalOptions } from '../cli/invocation.ts';
import { chooseEnvironment } from '../config/choose-environment.ts';
import { loadConfig, type Config } from '../config/load-config.ts';
import { createSecrets, type Secrets } from '../config/secrets.ts';
import type { ControlledCdc, Environment, SecretRef } from '../core/environment.ts';
import { Fault } from '../core/fault.ts';
import type { SecretRegistry } from '../core/secret-registry.ts';
import type { MysqlAccess } from '../services/mysql/connect.ts';
import type { RabbitAccess } from '../services/rabbitmq/access.ts';
import { once } from './once.ts';

/** The configuration and what follows from it alone, each read when it is first asked for. */
export interface Settings {
  readonly secrets: Secrets;
  readonly resolve: (ref: SecretRef, name: string) => Promise<string>;
  readonly config: () => Promise<Config>;
  /** The chosen one. Faults of chooseEnvironment. */
  readonly environment: () => Promise<Environment>;
  /** From then on every secret that needs no program is searched for, whoever uses it. */
  readonly nearSecrets: () => Promise<void>;
  /** State folder of the environment. */
  readonly dir: () => Promise<string>;
  /** Fault `config.no-rabbitmq` (exit usage). */
  readonly access: () => Promise<RabbitAccess>;
  /** How the secrets of captures are opened; null where the configuration has no key. */
  readonly captureKey: () => Promise<(() => Promise<string>) | null>;
  /** The account that reads. Fault `config.no-mysql` (exit usage). */
  readonly mysql: () => Promise<MysqlAccess>;
  /** Password of CDC's own account; null where the configuration does not say how CDC is controlled. */
  readonly cdcPassword: () => Promise<(() => Promise<string>) | null>;
  /** Password of the account that reads; null where the environment has no database. */
  readonly mysqlPassword: () => Promise<(() => Promise<string>) | null>;
}

/** Settings for one command. */
export function openSettings(
  global: GlobalOptions,
  registry: SecretRegistry,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const secrets = createSecrets({ env, registry });
  const resolve: Settings['resolve'] = (ref, name) => secrets.resolve(ref, name);
  const config = once(() =>
    loadConfig({
      env,
      ...(global.config === null ? {} : { file: global.config }),
      ...(global.stateDir === null ? {} : { stateDir: global.stateDir }),
    }),
  );
  const environment = once(async () => chooseEnvironment(await config(), global.env ?? undefined));
  return {
    secrets,
    resolve,
    config,
    environment,
    nearSecrets: once(async () => {
      const { resolveNear } = await import('../config/secret-refs.ts');
      await resolveNear(await environment(), secrets);
    }),
    dir: once(async () => join((await config()).stateRoot, (await environment()).name)),
    access: once(async () => accessOf(await environment(), resolve)),
    captureKey: once(async () => keyOf(await environment(), resolve)),
    mysql: once(async () => {
      const { mysql, name } = await environment();
      if (mysql === null) throw noMysql(name);
      return { settings: mysql, password: await resolve(mysql.password, `environments.${name}.mysql.password`) };
    }),
    cdcPassword: async () => {
      const { cdc, name } = await environment();
      return typeof cdc === 'string' ? null : cdcPasswordOf(cdc, name, resolve);
    },
    mysqlPassword: async () => {
      const { mysql, name } = await environment();
      return mysql === null ? null : () => resolve(mysql.password, `environments.${name}.mysql.password`);
    },
  };
}

function noMysql(environment: string): Fault {
  return new Fault({
    code: 'config.no-mysql',
    message: `Environment ${environment} has no mysql section, and CDC's position is in its database.`,
    where: `environments.${environment}.mysql`,
    exit: 'usage',
    next: ['esr-ops config schema'],
  });
}

function accessOf(environment: Environment, resolve: Settings['resolve']): RabbitAccess {
  const { rabbitmq, name } = environment;
  if (rabbitmq === null) {
    throw new Fault({
      code: 'config.no-rabbitmq',
      message: `Environment ${name} has no rabbitmq section.`,
      where: `environments.${name}.rabbitmq`,
      exit: 'usage',
      next: ['esr-ops config schema'],
    });
  }
  return { ...rabbitmq, password: () => resolve(rabbitmq.password, `environments.${name}.rabbitmq.password`) };
}

function cdcPasswordOf(cdc: ControlledCdc, environment: string, resolve: Settings['resolve']): () => Promise<string> {
  return () => resolve(cdc.mysql.password, `environments.${environment}.cdc.mysql.password`);
}

function keyOf(environment: Environment, resolve: Settings['resolve']): (() => Promise<string>) | null {
  const { key } = environment.capture;
  return key === null ? null : () => resolve(key, `environments.${environment.name}.capture.key`);
}

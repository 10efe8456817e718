import { join } from 'node:path';
import type { RecordKeeping } from '../cli/composition.ts';
import { Fault } from '../core/fault.ts';
import type { SecretRegistry } from '../core/secret-registry.ts';
import { createCaptureReader } from '../services/captures/reader.ts';
import { createRunReader } from '../services/state/runs-reader.ts';
import type { OpenedReaders } from './readers.ts';
import type { Settings } from './settings.ts';

/** What write-ups are made from and into. */
export function recordKeeping(
  settings: Settings,
  reconcile: OpenedReaders['reconcile'],
  registry: SecretRegistry,
): RecordKeeping {
  return {
    runs: async () => createRunReader(await settings.dir()),
    captures: async () => createCaptureReader(join(await settings.dir(), 'captures'), null),
    describe: async () => {
      const { describeChange } = await import('../terminal/change-text.ts');
      return (change) => describeChange(change).does;
    },
    scrub: async () => {
      const { resolveAll } = await import('../config/secret-refs.ts');
      const unresolved = await resolveAll(await settings.environment(), settings.secrets);
      return { redact: (text) => registry.redact(text), names: registry.names(), unresolved };
    },
    newFile: async (path, force) => (await import('../services/state/new-file.ts')).newFile(path, force),
    reconcile: async () => {
      const reader = await reconcile();
      if (reader !== null) return reader;
      const { name } = await settings.environment();
      throw new Fault({
        code: 'reconcile.not-configured',
        message: `Environment ${name} does not say what reconcile compares.`,
        where: `environments.${name}.reconcile`,
        exit: 'usage',
        next: ['esr-ops config schema', 'the README has an example under Reconcile'],
      });
    },
    writeBundle: async (path, content, force) =>
      (await import('../services/bundle/write-bundle.ts')).writeBundle(path, content, force),
  };
}

import { join } from 'node:path';
import type { Clock, Readers } from '../core/ports.ts';
import type { ReconcileReader } from '../core/ports-reconcile.ts';
import type { S3Buckets } from '../core/ports-s3.ts';
import { createCaptureReader } from '../services/captures/reader.ts';
import { createDockerCaptureReader } from '../services/docker/capture-reader.ts';
import { createMessagesReader } from '../services/messages/messages-reader.ts';
import { createRabbitReader } from '../services/rabbitmq/reader.ts';
import { createRunReader } from '../services/state/runs-reader.ts';
import { openCdcReaders } from './cdc-readers.ts';
import { openComponentReaders, openDockerReaders } from './component-readers.ts';
import { openReconcileReader, openS3Readers } from './file-readers.ts';
import { openLoadReaders } from './load-readers.ts';
import { once } from './once.ts';
import type { Settings } from './settings.ts';

/** All that reads, and those parts of it that do without a broker. */
export interface OpenedReaders {
  readonly all: () => Promise<Readers>;
  readonly cdc: () => Promise<Readers['cdc']>;
  readonly s3: () => Promise<S3Buckets | null>;
  readonly reconcile: () => Promise<ReconcileReader | null>;
}

/** Readers of the chosen environment, each opened when it is first asked for; what must end is put into `closing`. */
export function openReaders(settings: Settings, clock: Clock, closing: (() => Promise<void>)[]): OpenedReaders {
  const cdc = once(() => openCdcReaders(settings));
  const s3 = once(() => openS3Readers(settings, closing));
  const reconcile = once(() => openReconcileReader(settings, s3));
  return {
    cdc,
    s3,
    reconcile,
    all: once(async (): Promise<Readers> => {
      const dir = await settings.dir();
      const rabbit = createRabbitReader(await settings.access());
      closing.push(() => rabbit.close());
      const messages = createMessagesReader(await settings.access(), join(dir, 'drains'));
      closing.push(() => messages.close());
      const docker = await openDockerReaders(settings);
      const buckets = await s3();
      return {
        rabbit,
        captures: createCaptureReader(join(dir, 'captures'), await settings.captureKey()),
        runs: createRunReader(dir),
        messages,
        cdc: await cdc(),
        docker,
        dockerCaptures: createDockerCaptureReader(join(dir, 'docker')),
        components: await openComponentReaders(settings, docker),
        loads: await openLoadReaders(settings, { rabbit, docker, s3: buckets }),
        s3: buckets,
        reconcile: await reconcile(),
        clock,
      };
    }),
  };
}

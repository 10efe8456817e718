import type { HostWriter } from '../../core/host-machine.ts';
import type { LoadJobsWriter } from '../../core/ports-loads.ts';
import type { DockerPlace, DockerReader, DockerWriter } from '../../core/ports-docker.ts';
import type { Component } from '../../core/component.ts';
import type { RabbitAccess } from '../rabbitmq/access.ts';
import { startArgv, stopArgv } from './argv-jobs-writer.ts';
import { enginePlace } from './docker-jobs.ts';
import { startContainer, stopContainer } from './docker-jobs-writer.ts';
import { componentOf, hostOfLoad } from './jobs.ts';
import { publishOrder } from './publish-writer.ts';

/** What runs are started with. */
export interface JobTools {
  readonly components: readonly Component[];
  readonly hostOf: (name: string | null) => HostWriter;
  readonly dockerReader: (place: DockerPlace) => DockerReader;
  readonly dockerWriter: (place: DockerPlace) => DockerWriter;
  readonly rabbit: RabbitAccess;
  /** The environment's. */
  readonly vhost: string;
}

/** Starts and stops runs of load types, however each is run. */
export function createLoadJobsWriter(tools: JobTools): LoadJobsWriter {
  return {
    start: async (order) => {
      const { driver } = order.load;
      switch (driver.kind) {
        case 'argv':
          return await startArgv(order, driver, tools.hostOf(hostOfLoad(order.load, tools.components)));
        case 'docker-run':
        case 'docker-start': {
          const place = enginePlace(driver, componentOf(order.load, tools.components));
          const engine = { reader: tools.dockerReader(place), writer: tools.dockerWriter(place) };
          return await startContainer(order, driver, engine);
        }
        case 'publish':
          return await publishOrder(order, driver, tools.rabbit, driver.vhost ?? tools.vhost);
        default:
          return driver satisfies never;
      }
    },
    stop: async (job, id, graceMs) => {
      const { driver } = job.load;
      if (driver.kind === 'argv')
        return await stopArgv(job, id, graceMs, tools.hostOf(hostOfLoad(job.load, tools.components)));
      if (driver.kind === 'publish') return { evidence: ["a message that was sent can't be taken back"] };
      const place = enginePlace(driver, componentOf(job.load, tools.components));
      return await stopContainer(job, graceMs, tools.dockerWriter(place));
    },
  };
}

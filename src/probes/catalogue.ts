import { brokerProbe } from './broker.ts';
import { esrProbe, etlProbe } from './components.ts';
import { exchangeProbe } from './exchange.ts';
import { loadsProbe } from './loads.ts';
import { maxwellProbe } from './maxwell.ts';
import { mysqlProbe } from './mysql.ts';
import { ownRunsProbe } from './own-runs.ts';
import type { Probe } from './probe.ts';
import { queuesProbe } from './queues.ts';
import { s3Probe } from './s3.ts';
import { vhostProbe } from './vhost.ts';

/** Every probe, in the order in which data flows. */
export const probes: readonly Probe[] = [
  mysqlProbe,
  maxwellProbe,
  brokerProbe,
  exchangeProbe,
  vhostProbe,
  queuesProbe,
  esrProbe,
  etlProbe,
  loadsProbe,
  s3Probe,
  ownRunsProbe,
];

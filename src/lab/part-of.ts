import { cdcFaultNames } from './cdc/cdc-faults.ts';
import { dockerFaultNames } from './docker/docker-faults.ts';
import { etlFaultNames } from './etl/etl-faults.ts';
import type { FaultName } from './faults.ts';

/** Parts that a lab may or may not have. */
export type LabPart = 'cdc' | 'docker' | 'etl';

/** The part that a fault breaks; null: the broker, which every lab has. */
export function partOf(fault: FaultName): LabPart | null {
  if (cdcFaultNames.some((name) => name === fault)) return 'cdc';
  if (etlFaultNames.some((name) => name === fault)) return 'etl';
  return dockerFaultNames.some((name) => name === fault) ? 'docker' : null;
}

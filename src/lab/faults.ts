import { Fault } from '../core/fault.ts';
import { applyTopology, type TopologySecrets } from './apply-topology.ts';
import { breakVhost, mendVhost } from './break-vhost.ts';
import { askBroker, demandOfBroker, isRunning, seg, type BrokerAccess } from './broker-http.ts';
import { cdcFaultMeanings, cdcFaultNames } from './cdc/cdc-faults.ts';
import { dockerFaultMeanings, dockerFaultNames } from './docker/docker-faults.ts';
import { etlFaultMeanings, etlFaultNames } from './etl/etl-faults.ts';
import type { ErlangChannel } from './erlang.ts';
import type { Topology } from './topology.ts';

/** What can be broken of the broker. */
const brokerFaultNames = ['vhost-down', 'vhost-down-rebooted', 'vhost-absent', 'permission-lost'] as const;

/** What can be broken, each time for real. */
export const faultNames = [...brokerFaultNames, ...cdcFaultNames, ...dockerFaultNames, ...etlFaultNames] as const;

/** A fault of the broker. */
export type BrokerFaultName = (typeof brokerFaultNames)[number];

/** One of {@link faultNames}. */
export type FaultName = (typeof faultNames)[number];

/** One line for each fault, for help and for questions. */
export const faultMeanings: Readonly<Record<FaultName, string>> = {
  'vhost-down': "the vhost's message store is destroyed: it is down and the broker refuses to start it",
  'vhost-down-rebooted': 'the same, and the broker was rebooted: its export has lost exchanges and bindings',
  'vhost-absent': 'the vhost is deleted, with all that was in it',
  'permission-lost': 'a service has no permission on the vhost any more',
  ...cdcFaultMeanings,
  ...dockerFaultMeanings,
  ...etlFaultMeanings,
};

/** The user that `permission-lost` takes the permission from: the one that publishes. */
const permissionLoser = 'esr-inbound';

/** The broker to break and what it should look like. */
export interface FaultTarget {
  /** An administrator with permissions on the vhost. */
  readonly access: BrokerAccess;
  readonly erlang: ErlangChannel;
  readonly topology: Topology;
  readonly secrets: TopologySecrets;
  /** Stops and starts the broker. */
  readonly reboot: () => Promise<void>;
}

/**
 * Breaks the broker and asks it whether the fault is there.
 * @returns what the broker said, as evidence
 * @throws Fault when the fault is not there afterwards
 */
export async function breakBroker(target: FaultTarget, fault: BrokerFaultName): Promise<string> {
  const { access, topology } = target;
  const vhost = seg(topology.vhost);
  switch (fault) {
    case 'vhost-down':
      await breakVhost(target.erlang, topology.vhost);
      return provenDown(target);
    case 'vhost-down-rebooted': {
      await breakVhost(target.erlang, topology.vhost);
      await target.reboot();
      const state = await provenDown(target);
      const exported = (await demandOfBroker(access, 'GET', `/api/definitions/${vhost}`)) as Readonly<
        Record<'queues' | 'exchanges' | 'bindings', readonly unknown[]>
      >;
      const { queues, exchanges, bindings } = exported;
      const counts = `its export has ${queues.length} queues, ${exchanges.length} exchanges, ${bindings.length} bindings`;
      if (exchanges.length > 0 || bindings.length > 0) throw notThere(fault, counts);
      return `${state}; ${counts}`;
    }
    case 'vhost-absent': {
      await demandOfBroker(access, 'DELETE', `/api/vhosts/${vhost}`);
      const { status } = await askBroker(access, 'GET', `/api/vhosts/${vhost}`);
      if (status !== 404) throw notThere(fault, `the broker answers ${status} for it`);
      return `the broker answers 404 for vhost ${topology.vhost}`;
    }
    case 'permission-lost': {
      const path = `/api/permissions/${vhost}/${seg(permissionLoser)}`;
      await demandOfBroker(access, 'DELETE', path);
      await closeConnectionsOf(access, permissionLoser);
      const { status } = await askBroker(access, 'GET', path);
      if (status !== 404) throw notThere(fault, `the broker answers ${status} for the permission`);
      return `the broker answers 404 for ${permissionLoser}'s permission on vhost ${topology.vhost}`;
    }
    default:
      return fault satisfies never;
  }
}

/**
 * Undoes what was broken, whichever fault it was: the vhost runs again, with the topology and permissions of a new lab.
 * The messages of a destroyed or deleted vhost stay lost.
 * @returns what was done, a line each
 */
export async function healBroker(target: FaultTarget): Promise<readonly string[]> {
  const { access, topology } = target;
  const done: string[] = [];
  const asked = await askBroker(access, 'GET', `/api/vhosts/${seg(topology.vhost)}`);
  if (asked.status === 404) done.push(`vhost ${topology.vhost} was absent and is made anew`);
  else if (!isRunning(asked.body)) {
    await mendVhost(target.erlang, topology.vhost);
    done.push(`vhost ${topology.vhost} was down and runs again, without its messages`);
  }
  await applyTopology(access, topology, target.secrets);
  done.push('users, permissions, exchanges, queues, bindings, policies, limits and parameters are as in a new lab');
  const after = await askBroker(access, 'GET', `/api/vhosts/${seg(topology.vhost)}`);
  if (!isRunning(after.body)) {
    throw new Fault({
      code: 'lab.not-healed',
      message: `The vhost ${topology.vhost} does not run: ${JSON.stringify(after.body)}`,
      next: ['esr-ops lab down', 'esr-ops lab up'],
      exit: 'failed',
    });
  }
  return done;
}

async function provenDown({ access, topology }: FaultTarget): Promise<string> {
  const body = await demandOfBroker(access, 'GET', `/api/vhosts/${seg(topology.vhost)}`);
  if (isRunning(body)) throw notThere('vhost-down', 'the broker says that it runs');
  return `the broker says of vhost ${topology.vhost}: ${JSON.stringify((body as { cluster_state: unknown }).cluster_state)}`;
}

async function closeConnectionsOf(access: BrokerAccess, user: string): Promise<void> {
  const open = (await demandOfBroker(access, 'GET', '/api/connections?columns=name,user')) as readonly {
    readonly name: string;
    readonly user: string;
  }[];
  for (const { name } of open.filter((connection) => connection.user === user)) {
    await askBroker(access, 'DELETE', `/api/connections/${seg(name)}`);
  }
}

function notThere(fault: BrokerFaultName, evidence: string): Fault {
  return new Fault({
    code: 'lab.fault-not-there',
    message: `The lab tried to break its broker (${fault}), but ${evidence}.`,
    exit: 'failed',
  });
}

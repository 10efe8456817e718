import type { Change } from '../core/change.ts';
import type { Applied, Applier, Verified } from '../core/run.ts';
import type { JsonObject } from '../core/json.ts';
import * as brokerReboot from './broker-reboot.ts';
import * as canary from './canary-round-trip.ts';
import * as captureWrite from './capture-write.ts';
import * as cdcRepoint from './cdc-repoint.ts';
import * as cdcStart from './cdc-start.ts';
import * as cdcStop from './cdc-stop.ts';
import * as componentRecreate from './component-recreate.ts';
import * as componentStart from './component-start.ts';
import * as componentStop from './component-stop.ts';
import * as connectionsClose from './connections-close.ts';
import * as containerRemove from './container-remove.ts';
import * as definitionsImport from './definitions-import.ts';
import * as dockerKeep from './docker-keep.ts';
import * as dockerRestart from './docker-restart.ts';
import * as loadFollow from './load-follow.ts';
import * as loadProve from './load-prove.ts';
import * as loadStart from './load-start.ts';
import * as maxwellReset from './maxwell-reset.ts';
import * as messagesDrain from './messages-drain.ts';
import * as messagesRestore from './messages-restore.ts';
import * as permissionGrant from './permission-grant.ts';
import * as permissionWithdraw from './permission-withdraw.ts';
import * as queueDeclare from './queue-declare.ts';
import * as reconcileSignOff from './reconcile-sign-off.ts';
import * as runSettle from './run-settle.ts';
import * as userLimit from './user-limit.ts';
import * as vhostCreate from './vhost-create.ts';
import * as vhostDelete from './vhost-delete.ts';
import * as vhostStart from './vhost-start.ts';
import type { Seen, World } from './world.ts';

/** The one place where a change becomes an effect. */
export function createApplier(world: Omit<World, 'outputs'>): Applier {
  return {
    apply: (change, outputs) => applyChange(change, { ...world, outputs }),
    verify: (change, outputs, output) =>
      verifyChange(
        change,
        { environment: world.environment, readers: world.readers, progress: world.progress, outputs },
        output,
      ),
  };
}

function applyChange(change: Change, world: World): Promise<Applied> {
  switch (change.kind) {
    case 'capture.write':
      return captureWrite.apply(change, world);
    case 'vhost.start':
      return vhostStart.apply(change, world);
    case 'broker.reboot':
      return brokerReboot.apply(change, world);
    case 'permission.withdraw':
      return permissionWithdraw.apply(change, world);
    case 'permission.grant':
      return permissionGrant.apply(change, world);
    case 'connections.close':
      return connectionsClose.apply(change, world);
    case 'user.hold-off':
    case 'user.release':
      return userLimit.apply(change, world);
    case 'vhost.delete':
      return vhostDelete.apply(change, world);
    case 'vhost.create':
      return vhostCreate.apply(change, world);
    case 'definitions.import':
      return definitionsImport.apply(change, world);
    case 'canary.round-trip':
      return canary.apply(change, world);
    case 'messages.drain':
      return messagesDrain.apply(change, world);
    case 'queue.declare':
      return queueDeclare.apply(change, world);
    case 'messages.restore':
      return messagesRestore.apply(change, world);
    case 'cdc.stop':
      return cdcStop.apply(change, world);
    case 'cdc.repoint':
      return cdcRepoint.apply(change, world);
    case 'maxwell.reset':
      return maxwellReset.apply(change, world);
    case 'cdc.start':
      return cdcStart.apply(change, world);
    case 'reconcile.sign-off':
      return reconcileSignOff.apply(change, world);
    case 'docker.keep':
      return dockerKeep.apply(change, world);
    case 'docker.restart':
      return dockerRestart.apply(change, world);
    case 'container.remove':
      return containerRemove.apply(change, world);
    case 'component.stop':
      return componentStop.apply(change, world);
    case 'component.start':
      return componentStart.apply(change, world);
    case 'component.recreate':
      return componentRecreate.apply(change, world);
    case 'load.start':
      return loadStart.apply(change, world);
    case 'load.follow':
      return loadFollow.apply(change, world);
    case 'load.prove':
      return loadProve.apply(change, world);
    case 'run.settle':
      return runSettle.apply(change, world);
    default:
      return change satisfies never;
  }
}

function verifyChange(change: Change, seen: Seen, output: JsonObject | null): Promise<Verified> {
  switch (change.kind) {
    case 'capture.write':
      return captureWrite.verify(change, seen, output);
    case 'vhost.start':
      return vhostStart.verify(change, seen, output);
    case 'broker.reboot':
      return brokerReboot.verify(change, seen, output);
    case 'permission.withdraw':
      return permissionWithdraw.verify(change, seen);
    case 'permission.grant':
      return permissionGrant.verify(change, seen);
    case 'connections.close':
      return connectionsClose.verify(change, seen);
    case 'user.hold-off':
    case 'user.release':
      return userLimit.verify(change, seen);
    case 'vhost.delete':
      return vhostDelete.verify(change, seen);
    case 'vhost.create':
      return vhostCreate.verify(change, seen, output);
    case 'definitions.import':
      return definitionsImport.verify(change, seen);
    case 'canary.round-trip':
      return canary.verify(change, seen, output);
    case 'messages.drain':
      return messagesDrain.verify(change, seen, output);
    case 'queue.declare':
      return queueDeclare.verify(change, seen);
    case 'messages.restore':
      return messagesRestore.verify(change, seen, output);
    case 'cdc.stop':
      return cdcStop.verify(change, seen);
    case 'cdc.repoint':
      return cdcRepoint.verify(change, seen);
    case 'maxwell.reset':
      return maxwellReset.verify(change, seen);
    case 'cdc.start':
      return cdcStart.verify(change, seen, output);
    case 'reconcile.sign-off':
      return reconcileSignOff.verify(change, seen, output);
    case 'docker.keep':
      return dockerKeep.verify(change, seen, output);
    case 'docker.restart':
      return dockerRestart.verify(change, seen, output);
    case 'container.remove':
      return containerRemove.verify(change, seen);
    case 'component.stop':
      return componentStop.verify(change, seen);
    case 'component.start':
      return componentStart.verify(change, seen, output);
    case 'component.recreate':
      return componentRecreate.verify(change, seen, output);
    case 'load.start':
      return loadStart.verify(change, seen, output);
    case 'load.follow':
      return loadFollow.verify(change, seen, output);
    case 'load.prove':
      return loadProve.verify(change, seen, output);
    case 'run.settle':
      return runSettle.verify(change, seen);
    default:
      return change satisfies never;
  }
}

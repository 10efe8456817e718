import type { Action } from '../core/action.ts';
import { brokerReboot } from './broker-reboot.ts';
import { cdcOthers } from './cdc-others.ts';
import { cdcRepoint } from './cdc-repoint.ts';
import { cdcStart } from './cdc-start.ts';
import { cdcStop } from './cdc-stop.ts';
import { componentStart } from './component-start.ts';
import { componentStop } from './component-stop.ts';
import { componentsRevive } from './components-revive.ts';
import { containerRemove } from './container-remove.ts';
import { dockerKeep } from './docker-keep.ts';
import { dockerRestart } from './docker-restart.ts';
import { etlLook } from './etl-look.ts';
import { etlRestart } from './etl-restart.ts';
import { loadCatchUp } from './load-catch-up.ts';
import { loadOutlook } from './load-outlook.ts';
import { loadSettle } from './load-settle.ts';
import { loadProve } from './load-prove.ts';
import { loadRun } from './load-run.ts';
import { maxwellReset } from './maxwell-reset.ts';
import { queueDeclare } from './queue-declare.ts';
import { reconcileSignOff } from './reconcile-sign-off.ts';
import { vhostCanary } from './vhost-canary.ts';
import { vhostCapture } from './vhost-capture.ts';
import { vhostDrain } from './vhost-drain.ts';
import { vhostFence } from './vhost-fence.ts';
import { vhostLift } from './vhost-lift.ts';
import { vhostRecreate } from './vhost-recreate.ts';
import { vhostRestart } from './vhost-restart.ts';
import { vhostRestore } from './vhost-restore.ts';

/** Every verb that a runbook may use: a closed list. Arguments are checked before an action sees them. */
export const actionCatalogue: readonly Action<unknown>[] = [
  checked(vhostCapture),
  checked(vhostRestart),
  checked(brokerReboot),
  checked(vhostFence),
  checked(vhostLift),
  checked(vhostCanary),
  checked(vhostRecreate),
  checked(vhostDrain),
  checked(vhostRestore),
  checked(queueDeclare),
  checked(cdcStop),
  checked(cdcRepoint),
  checked(maxwellReset),
  checked(cdcStart),
  checked(cdcOthers),
  checked(reconcileSignOff),
  checked(dockerKeep),
  checked(dockerRestart),
  checked(containerRemove),
  checked(componentsRevive),
  checked(componentStop),
  checked(componentStart),
  checked(loadRun),
  checked(loadProve),
  checked(etlLook),
  checked(etlRestart),
  checked(loadCatchUp),
  checked(loadSettle),
  checked(loadOutlook),
];

function checked<Args>(action: Action<Args>): Action<unknown> {
  return { ...action, plan: (args, context) => action.plan(action.schema.parse(args), context) };
}

import { positionText } from './binlog-position.ts';
import { componentConsent, type ComponentChange } from './change-component.ts';
import { dockerConsent, type DockerChange } from './change-docker.ts';
import type { ConsentNeed } from './risk.ts';
import type { Change } from './change.ts';

/** Whether a run with this change must say why, protected environment or not. */
export function wantsReason(change: Change): boolean {
  return change.kind === 'reconcile.sign-off';
}

/** What the operator must have agreed to by name before this change, or null where the step's own risk suffices. */
export function consentFor(change: Change): ConsentNeed | null {
  switch (change.kind) {
    case 'docker.keep':
    case 'docker.restart':
    case 'container.remove':
      return dockerConsent(change);
    case 'component.stop':
    case 'component.start':
    case 'component.recreate':
      return componentConsent(change);
    default:
      return brokerConsent(change);
  }
}

function brokerConsent(change: Exclude<Change, DockerChange | ComponentChange>): ConsentNeed | null {
  if (change.kind === 'vhost.delete') {
    return {
      token: `recreate:${change.vhost}`,
      typed: change.vhost,
      effect: 'the vhost is deleted with every message in it and created again from the capture',
    };
  }
  if (change.kind === 'broker.reboot') {
    return {
      token: `reboot:${change.broker}`,
      typed: change.broker,
      effect: 'the whole broker restarts: every vhost and every client on it is interrupted',
    };
  }
  if (change.kind === 'cdc.repoint') {
    return {
      token: `repoint:${change.to.vhost}`,
      typed: change.to.vhost,
      effect:
        change.from.vhost === change.to.vhost
          ? `CDC's configuration is edited; it publishes into vhost ${change.to.vhost} as before`
          : `from now on every change is published into vhost ${change.to.vhost}; who listens in ${change.from.vhost} gets none any more`,
    };
  }
  if (change.kind === 'load.start' && change.found !== 'none') {
    const run = `${change.loadType}@${change.date}`;
    return { token: `rerun:${run}`, typed: run, effect: change.twice ?? 'it runs for this date once more' };
  }
  if (change.kind === 'maxwell.reset') {
    const position = positionText(change.to);
    if (change.undoes !== null && change.undoes.skips > 0)
      return {
        token: `replay:${position}`,
        typed: position,
        effect: `the ${change.undoes.skips} row(s) before it that Maxwell has not reached yet are not published again: what was lost of them stays missing`,
      };
    return {
      token: `replay:${position}`,
      typed: position,
      effect: 'every change from there on is published again, and what was consumed before reaches its consumers twice',
    };
  }
  if (change.kind === 'messages.restore' && change.again > 0) {
    const { drain, again } = change;
    return {
      token: `resend:${drain.from === 'id' ? drain.id : drain.step}:${again}`,
      typed: String(again),
      effect: `${again} message(s) that an earlier restore has sent are sent once more`,
    };
  }
  return null;
}

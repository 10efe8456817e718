import { positionText } from '../core/binlog-position.ts';
import type { CaptureRef } from '../core/capture.ts';
import type { ChangeWords } from './change-words.ts';
import { describeContainerChange } from './change-text-containers.ts';
import type { Change, DrainRef } from '../core/change.ts';
import { foldWords } from './fold-list.ts';

/** Words for each kind of change. */
export function describeChange(change: Change): ChangeWords {
  switch (change.kind) {
    case 'capture.write':
      return {
        does: `save vhost ${change.vhost} (everything except messages) to a capture${change.ifChanged ? ', unless nothing changed since the last good one' : ''}`,
        safe: 'it only reads the broker; the files are read back and compared after writing',
        undo: 'nothing to undo: delete the capture folder when it is no longer wanted',
      };
    case 'vhost.start':
      return {
        does: `ask the broker to start vhost ${change.vhost} on ${foldWords(change.nodes)}`,
        safe: 'a vhost that cannot start stays down as it is; nothing is deleted',
        undo: 'nothing to undo: the vhost was stopped by a fault, not on purpose',
      };
    case 'broker.reboot':
      return {
        does: `reboot broker ${change.broker}: every vhost and every client on it is interrupted`,
        safe: 'only with consent to it by name; after a reboot a vhost that stays down shows less of itself, so its capture comes first',
        undo: 'cannot be undone: clients reconnect by themselves when the broker is back',
      };
    case 'permission.withdraw':
      return {
        does: `withdraw the permission of user ${change.was.user} on vhost ${change.vhost}`,
        safe: 'what it was is kept in the journal, and it is given back when the vhost is ready',
        undo: 'it is given back by step lift, or by `esr-ops vhost lift`',
      };
    case 'permission.grant':
      return {
        does: `give user ${change.permission.user} its permission on vhost ${change.vhost} (configure ${quoted(change.permission.configure)}, write ${quoted(change.permission.write)}, read ${quoted(change.permission.read)}${topicWords(change.topics.length)})`,
        safe: 'it is the permission that was captured, no more',
        undo: '`esr-ops vhost fence` withdraws it again',
      };
    case 'connections.close':
      return {
        does: `close the connections of ${foldWords(change.users)} to vhost ${change.vhost}`,
        safe: 'their clients reconnect by themselves once they are let in again',
        undo: 'nothing to undo: clients reconnect when their permission is back',
      };
    case 'user.hold-off':
      return {
        does: `hold off services that use this tool's own user ${change.user} (limit its connections to 0)`,
        safe: 'what the limit was is kept in the journal, and it is put back when the vhost is ready',
        undo: limitWords(change.user, change.was),
      };
    case 'user.release':
      return {
        does: limitWords(change.user, change.maxConnections),
        safe: 'it is the limit from before the recovery',
        undo: `limit the connections of user ${change.user} to 0 again`,
      };
    case 'vhost.delete':
      return {
        does: `delete vhost ${change.vhost} and every message in it; it is created again from ${captureWords(change.capture)}`,
        safe: 'the capture is read back and checked once more just before; messages are not in it',
        undo: `the vhost can be created again from ${captureWords(change.capture)}; deleted messages cannot be brought back`,
      };
    case 'vhost.create':
      return {
        does: `create vhost ${change.vhost} from ${captureWords(change.capture)} and wait until it runs on every node`,
        safe: 'nobody else has permission on it yet',
        undo: `delete vhost ${change.vhost} while it is still empty`,
      };
    case 'definitions.import':
      return {
        does: `put queues, exchanges, bindings, policies and limits into vhost ${change.vhost} from ${captureWords(change.capture)}, then export it again and compare`,
        safe: 'any difference stops the run here, while nobody else can get in',
        undo: `delete vhost ${change.vhost} and create it again from ${captureWords(change.capture)}`,
      };
    case 'canary.round-trip':
      return {
        does: `send one test message through a temporary exchange and queue of its own in vhost ${change.vhost}`,
        safe: 'no real exchange or queue is touched, and both are removed afterwards',
        undo: 'nothing to undo: the temporary exchange and queue are removed',
      };
    case 'messages.drain':
      return {
        does: `${change.copy ? 'copy' : 'take'} the messages of ${foldWords(change.queues.map((queue) => queue.name))} ${change.copy ? 'to disk and leave them there' : 'to disk'}`,
        safe: 'a message is acknowledged only when it is on disk and synced; the files are read back and checked',
        undo: `\`esr-ops vhost restore ${change.drain}\` puts them back`,
      };
    case 'cdc.stop':
      return {
        does: `stop CDC (Maxwell's client ${change.clientId}) and see that it is quiet`,
        safe: 'it stores its position when it stops; nothing is published meanwhile, and nothing is lost',
        undo: 'it is started again, but only when its exchange and bindings are there',
      };
    case 'cdc.repoint':
      return {
        does:
          change.from.vhost === change.to.vhost
            ? `edit ${change.where} (${foldWords(change.changed)}), so that CDC says itself that it publishes into vhost ${change.to.vhost}`
            : `edit ${change.where} (${foldWords(change.changed)}), so that CDC publishes into vhost ${change.to.vhost} and no longer into ${change.from.vhost}`,
        safe: 'only while CDC is stopped, and only if the file still is what was read; owner and mode stay, and its old content is kept beside it',
        undo: `\`esr-ops cdc repoint --vhost ${change.from.vhost}\`, or put the backup ${change.where}.esr-ops-<run>.bak in its place while CDC is stopped`,
      };
    case 'maxwell.reset':
      return {
        does: `set the stored position of Maxwell's client ${change.clientId} ${change.undoes === null ? 'back' : `as it was before run ${change.undoes.run},`} to ${positionText(change.to)}`,
        safe: 'only while it is stopped and quiet, and only if the row still is what was read',
        undo:
          change.was?.position == null
            ? 'there was no position before'
            : `esr-ops maxwell reset --undo RUN sets it to ${positionText(change.was.position)} again, as long as that is in the binlogs; what was sent by then is sent`,
      };
    case 'cdc.start':
      return {
        does: `start CDC (Maxwell's client ${change.clientId}) and see that it publishes into vhost ${change.vhost}`,
        safe: 'its exchange was compared with what it declares, and has a binding',
        undo: '`esr-ops cdc restart` stops it in order',
      };
    case 'docker.keep':
    case 'docker.restart':
    case 'container.remove':
    case 'component.stop':
    case 'component.start':
    case 'component.recreate':
      return describeContainerChange(change);
    case 'load.start':
      return {
        does: `run ${change.loadType} for ${change.date}${parameterWords(change.parameters)}${change.replaces === null ? '' : `, in the place of the run ${change.replaces} that has ended`}`,
        safe:
          change.found === 'none'
            ? 'nothing of it is there for that date yet, and its name keeps a second one from being started'
            : 'only with consent to it by name; its name keeps a second one from being started beside it',
        undo: 'it can be stopped while it runs (Ctrl-C asks); what it wrote stays',
      };
    case 'load.follow':
      return {
        does: `follow ${change.loadType} for ${change.date} until it has ended`,
        safe: 'it only reads its log; the run goes on by itself when this program ends',
        undo: 'nothing to undo',
      };
    case 'load.prove':
      return {
        does: `see whether what ${change.loadType} is for is there for ${change.date}`,
        safe: 'it only counts: rows, files and messages',
        undo: 'nothing to undo',
      };
    case 'run.settle':
      return {
        does: `acknowledge run ${change.run}: ${change.reason}`,
        safe: 'what it was to do is there; its journal keeps what happened, and why this was done',
        undo: "it can't be taken back; esr-ops runs note adds to it",
      };
    case 'queue.declare':
      return {
        does: `declare the durable queue ${change.queue} in vhost ${change.vhost}`,
        safe: 'a queue that is there is left as it is',
        undo: 'delete it by hand when it is empty',
      };
    case 'messages.restore':
      return {
        does: `publish the messages of ${drainWords(change.drain)} again, into ${change.into ?? targetWords[change.to]}${change.skipReplayedFrom === null ? '' : ', without those that the replay sends again'}${change.unsent ? ', without what an earlier restore has sent' : ''}${change.again > 0 ? `; ${change.again} were sent by an earlier restore and would be there twice` : ''}`,
        safe: 'each is confirmed by the broker and noted in a ledger; what it does not take stays in the drain',
        undo: '`esr-ops vhost drain` takes them off again',
      };
    case 'reconcile.sign-off':
      return {
        does: `sign ${change.exceptions} exceptions of ${change.date} off as ${change.by}`,
        safe: 'nothing but the journal is written; the day is read once more, and refused if its exceptions are others',
        undo: 'nothing to undo: exceptions that come or go later are not covered',
      };
    default:
      return change satisfies never;
  }
}

const targetWords = {
  queue: 'the queues that they came from',
  exchange: 'the exchanges that they were published to',
  death: 'the queues in which they died',
} as const;

function drainWords(ref: DrainRef): string {
  return ref.from === 'step' ? `the drain that step ${ref.step} makes` : `drain ${ref.id}`;
}

function parameterWords(parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? '' : ` with ${pairs.join(', ')}`;
}

function captureWords(ref: CaptureRef): string {
  return ref.from === 'step' ? `the capture that step ${ref.step} takes` : `capture ${ref.id}`;
}

function quoted(pattern: string): string {
  return `"${pattern}"`;
}

function topicWords(topics: number): string {
  return topics === 0 ? '' : `, and ${topics} topic ${topics === 1 ? 'permission' : 'permissions'}`;
}

function limitWords(user: string, limit: number | null): string {
  return limit === null
    ? `take the connection limit of user ${user} away again`
    : `set the connection limit of user ${user} back to ${limit}`;
}

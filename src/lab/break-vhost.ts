import { Fault } from '../core/fault.ts';
import { erlangBinary, evaluateErlang, type ErlangChannel } from './erlang.ts';
import { until } from './until.ts';

/**
 * Brings one vhost of a running broker down for good, in about a tenth of a second: a file takes the place of its
 * persistent message store and its supervisor is killed, so that the broker reports it stopped and refuses each start
 * with an error of its own. The other vhosts of the node are not touched. Its messages are lost, as in a real corruption.
 */
export async function breakVhost(channel: ErlangChannel, vhost: string): Promise<void> {
  const name = erlangBinary(vhost);
  // The wrapper tries a few starts of its own before it gives up. Until then the broker answers a start with "already
  // started", so the fault is only there once the wrapper has ended.
  const outcome = await evaluateErlang(
    channel,
    `Name = ${name},
     {ok, Supervisor} = rabbit_vhost_sup_sup:get_vhost_sup(Name),
     [{vhost_sup, Name, Supervisor, Wrapper, _}] = ets:lookup(rabbit_vhost_sup_sup, Name),
     Store = filename:join(rabbit_vhost:msg_store_dir_path(Name), "msg_store_persistent"),
     Watch = erlang:monitor(process, Wrapper),
     ok = file:del_dir_r(Store),
     ok = file:write_file(Store, <<"not a message store">>),
     exit(Supervisor, kill),
     receive {'DOWN', Watch, _, _, _} -> gave_up after 10000 -> still_trying end.`,
  );
  if (outcome !== 'gave_up' || (await isVhostAlive(channel, vhost))) {
    throw new Fault({
      code: 'lab.fault-not-there',
      message: `The vhost '${vhost}' did not go down although its message store is gone (${outcome}).`,
      exit: 'failed',
    });
  }
}

/**
 * Clears the way for the store that {@link breakVhost} destroyed and has the broker start the vhost. It then runs with
 * its queues and without their messages: besides the store, the broker itself has removed the queues' indices in its
 * failed attempts to start.
 */
export async function mendVhost(channel: ErlangChannel, vhost: string): Promise<void> {
  const name = erlangBinary(vhost);
  await evaluateErlang(
    channel,
    `Name = ${name},
     Store = filename:join(rabbit_vhost:msg_store_dir_path(Name), "msg_store_persistent"),
     case filelib:is_regular(Store) of true -> ok = file:delete(Store); false -> ok end,
     rabbit_vhost_sup_sup:start_vhost(Name).`,
  );
  await until(`vhost '${vhost}' to run`, () => isVhostAlive(channel, vhost), { atMostMs: 60_000 });
}

/** Whether the broker itself says that the vhost's processes run. */
export async function isVhostAlive(channel: ErlangChannel, vhost: string): Promise<boolean> {
  return (await evaluateErlang(channel, `rabbit_vhost_sup_sup:is_vhost_alive(${erlangBinary(vhost)}).`)) === 'true';
}

import { erlangBinary, evaluateErlang, type ErlangChannel } from './erlang.ts';
import { until } from './until.ts';

/**
 * Brings one vhost of a running broker down for good, in about a tenth of a second: a file takes the place of its
 * persistent message store and its supervisor is killed, so that the broker reports it stopped and refuses each start
 * with an error of its own. The other vhosts of the node are not touched. Messages in the store are lost, as in a real
 * corruption.
 */
export async function breakVhost(channel: ErlangChannel, vhost: string): Promise<void> {
  const name = erlangBinary(vhost);
  await evaluateErlang(
    channel,
    `Name = ${name},
     {ok, Supervisor} = rabbit_vhost_sup_sup:get_vhost_sup(Name),
     Store = filename:join(rabbit_vhost:msg_store_dir_path(Name), "msg_store_persistent"),
     Watch = erlang:monitor(process, Supervisor),
     ok = file:rename(Store, Store ++ ".taken"),
     ok = file:write_file(Store, <<"not a message store">>),
     exit(Supervisor, kill),
     receive {'DOWN', Watch, _, _, _} -> ok after 5000 -> timeout end.`,
  );
  await until(`vhost '${vhost}' to be down`, async () => !(await isVhostAlive(channel, vhost)), {
    atMostMs: 10_000,
    everyMs: 20,
  });
}

/** Puts back the message store that {@link breakVhost} took away and lets the broker start the vhost again. */
export async function mendVhost(channel: ErlangChannel, vhost: string): Promise<void> {
  const name = erlangBinary(vhost);
  await evaluateErlang(
    channel,
    `Name = ${name},
     Store = filename:join(rabbit_vhost:msg_store_dir_path(Name), "msg_store_persistent"),
     case filelib:is_dir(Store ++ ".taken") of
       true -> file:delete(Store), file:del_dir_r(Store), ok = file:rename(Store ++ ".taken", Store);
       false -> ok
     end,
     rabbit_vhost_sup_sup:start_vhost(Name).`,
  );
  await until(`vhost '${vhost}' to run`, () => isVhostAlive(channel, vhost), { atMostMs: 20_000 });
}

/** Whether the broker itself says that the vhost's processes run. */
export async function isVhostAlive(channel: ErlangChannel, vhost: string): Promise<boolean> {
  return (await evaluateErlang(channel, `rabbit_vhost_sup_sup:is_vhost_alive(${erlangBinary(vhost)}).`)) === 'true';
}

import { demandOfBroker, type BrokerAccess } from '../broker-http.ts';

/** A connection as the broker lists it. */
export interface BrokerConnection {
  readonly name: string;
  readonly user: string;
  readonly vhost: string;
}

/** The connections of one user, in every vhost. */
export async function connectionsOf(access: BrokerAccess, user: string): Promise<readonly BrokerConnection[]> {
  const listed = (await demandOfBroker(
    access,
    'GET',
    '/api/connections?columns=name,user,vhost',
  )) as readonly BrokerConnection[];
  return listed.filter((connection) => connection.user === user);
}

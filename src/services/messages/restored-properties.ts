import { decodeProperties, encodeProperties, flagsOf, propertyFlag } from './content-codec.ts';

/** What can't stay as it was when a message is published again. */
export type RestoreChange =
  /** Dropped: the broker refuses a `user_id` other than the connection's own. */
  | 'user-id-dropped'
  /** Moved to `x-esr-ops-cc`, `x-esr-ops-bcc`: they would deliver to other queues again, or be removed by the broker. */
  | 'cc-moved'
  | 'bcc-moved'
  /** Not changed, but the time to live begins anew. */
  | 'expiration-restarts';

/** Properties as they are to be published. */
export interface RestoredProperties {
  readonly octets: Buffer;
  readonly changes: readonly RestoreChange[];
}

const none: readonly RestoreChange[] = [];
const ccName = Buffer.from([2, 0x43, 0x43]);
const bccName = Buffer.from([3, 0x42, 0x43, 0x43]);

/** Whether an exchange that goes by routing keys might bring the message to other queues as well; too often rather than not. */
export function mayBeCopied(octets: Buffer): boolean {
  return (flagsOf(octets) & propertyFlag.headers) !== 0 && octets.includes(ccName);
}

/**
 * Properties for publishing: the very same octets unless something in them would close the channel or deliver the
 * message elsewhere. To a queue, through an exchange bound to that alone, `CC` delivers nowhere else and is kept.
 */
export function restoredProperties(octets: Buffer, user: string, to: 'queue' | 'exchange'): RestoredProperties {
  const flags = flagsOf(octets);
  const hasUser = (flags & propertyFlag.userId) !== 0;
  const hasHeaders = (flags & propertyFlag.headers) !== 0;
  const hasExpiration = (flags & propertyFlag.expiration) !== 0;
  const mayCopy = hasHeaders && ((to === 'exchange' && octets.includes(ccName)) || octets.includes(bccName));
  if (!hasUser && !mayCopy && !hasExpiration) return { octets, changes: none };
  const changes: RestoreChange[] = hasExpiration ? ['expiration-restarts'] : [];
  if (!hasUser && !mayCopy) return { octets, changes };
  const { userId, headers, ...others } = decodeProperties(octets);
  const keepUser = userId !== undefined && Buffer.from(user).equals(userId);
  if (userId !== undefined && !keepUser) changes.push('user-id-dropped');
  const moved = headers?.map(([name, value]) => {
    const text = Buffer.from(name).toString('latin1');
    if (text === 'BCC') changes.push('bcc-moved');
    else if (text === 'CC' && to === 'exchange') changes.push('cc-moved');
    else return [name, value] as const;
    return [Buffer.from(`x-esr-ops-${text.toLowerCase()}`), value] as const;
  });
  if (changes.every((change) => change === 'expiration-restarts')) return { octets, changes };
  return {
    octets: encodeProperties({
      ...others,
      ...(keepUser ? { userId } : {}),
      ...(moved === undefined ? {} : { headers: moved }),
    }),
    changes,
  };
}

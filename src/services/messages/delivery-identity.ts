import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { decodeProperties, encodeProperties, flagsOf, propertyFlag } from './content-codec.ts';

const deliveryCount = Buffer.from('x-delivery-count');

/** Where a record lies: enough to read it again. */
export interface RecordPlace {
  readonly file: string;
  readonly bodyOffset: number;
  readonly addressSize: number;
  readonly propertiesSize: number;
  readonly bodySize: number;
}

/** What two deliveries of one message have in common. `head` is known before the body. */
export interface DeliveryIdentity {
  readonly head: string;
  readonly body: string;
}

/**
 * Digest of address, body size and properties; two deliveries of a message have the same. A quorum queue adds or raises
 * the header `x-delivery-count` with each delivery: it is left out.
 */
export function identityHead(address: Buffer, properties: Buffer, bodySize: number): string {
  const same = properties.includes(deliveryCount) ? withoutDeliveryCount(properties) : properties;
  return createHash('sha256').update(`${bodySize}:${address.length}:`).update(address).update(same).digest('base64');
}

function withoutDeliveryCount(properties: Buffer): Buffer {
  if ((flagsOf(properties) & propertyFlag.headers) === 0) return properties;
  const { headers = [], ...others } = decodeProperties(properties);
  const left = headers.filter(([name]) => deliveryCount.compare(name) !== 0);
  return encodeProperties({ ...others, ...(left.length === 0 ? {} : { headers: left }) });
}

/** Reads a stored record's identity. */
export async function identityOf(place: RecordPlace): Promise<DeliveryIdentity> {
  const file = await open(place.file, 'r');
  try {
    const headSize = place.addressSize + place.propertiesSize;
    const head = Buffer.alloc(headSize);
    await file.read(head, 0, headSize, place.bodyOffset - headSize);
    const hash = createHash('sha256');
    const chunk = Buffer.alloc(Math.min(1 << 20, Math.max(1, place.bodySize)));
    for (let done = 0; done < place.bodySize;) {
      const { bytesRead } = await file.read(
        chunk,
        0,
        Math.min(chunk.length, place.bodySize - done),
        place.bodyOffset + done,
      );
      if (bytesRead === 0) throw new Error(`${place.file} ends within the body at ${place.bodyOffset}`);
      hash.update(chunk.subarray(0, bytesRead));
      done += bytesRead;
    }
    const address = head.subarray(0, place.addressSize);
    return {
      head: identityHead(address, head.subarray(place.addressSize), place.bodySize),
      body: hash.digest('base64'),
    };
  } finally {
    await file.close();
  }
}

/**
 * One value of an AMQP 0-9-1 field table, tagged with its type on the wire as RabbitMQ's dialect writes it
 * (rabbit_binary_parser; the AMQP 0-9-1 errata list it). Nothing is converted that could not be converted back:
 * strings stay bytes, 64-bit integers are bigints, and a float that JavaScript would not give back keeps its bytes.
 */
export type FieldValue =
  /** Boolean. `raw` is there when its octet is neither 0 nor 1. */
  | { readonly t: 't'; readonly v: boolean; readonly raw?: number }
  /** Integers: int8, uint8, int16, uint16, int32, uint32. */
  | { readonly t: 'b' | 'B' | 's' | 'u' | 'I' | 'i'; readonly v: number }
  /** int64, uint64. */
  | { readonly t: 'l' | 'L'; readonly v: bigint }
  /** float, double. `raw` is there for a NaN, whose payload a number can't hold. */
  | { readonly t: 'f' | 'd'; readonly v: number; readonly raw?: Uint8Array }
  /** Decimal: `v` / 10^`scale`. */
  | { readonly t: 'D'; readonly scale: number; readonly v: number }
  /** Timestamp, seconds since the epoch (unsigned). */
  | { readonly t: 'T'; readonly v: bigint }
  /** Long string and byte array. */
  | { readonly t: 'S' | 'x'; readonly v: Uint8Array }
  | { readonly t: 'A'; readonly v: readonly FieldValue[] }
  | { readonly t: 'F'; readonly v: FieldTable }
  /** Void. */
  | { readonly t: 'V' };

/** A field table in the order of the wire; a name may come twice, and is bytes (UTF-8 by convention). */
export type FieldTable = readonly (readonly [name: Uint8Array, value: FieldValue])[];

/** The properties of a message, typed. Absent ones are absent; text properties are bytes, as on the wire. */
export interface ContentProperties {
  /** The reserved bit 1 of the property flags: meaningless, kept for equality. */
  readonly reserved: boolean;
  readonly contentType?: Uint8Array;
  readonly contentEncoding?: Uint8Array;
  readonly headers?: FieldTable;
  /** 1 transient, 2 persistent. */
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: Uint8Array;
  readonly replyTo?: Uint8Array;
  /** Time to live in milliseconds, as decimal text. */
  readonly expiration?: Uint8Array;
  readonly messageId?: Uint8Array;
  /** Seconds since the epoch. */
  readonly timestamp?: bigint;
  readonly type?: Uint8Array;
  readonly userId?: Uint8Array;
  readonly appId?: Uint8Array;
  readonly clusterId?: Uint8Array;
}

/** Value of the first header of that name; undefined when there is none. */
export function headerOf(table: FieldTable | undefined, name: string): FieldValue | undefined {
  const wanted = Buffer.from(name);
  return table?.find(([key]) => wanted.equals(key))?.[1];
}

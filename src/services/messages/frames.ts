/** Ids of the methods that are used: class * 65536 + method (AMQP 0-9-1 and RabbitMQ's extensions). */
export const method = {
  connectionStart: 0x000a000a,
  connectionStartOk: 0x000a000b,
  connectionTune: 0x000a001e,
  connectionTuneOk: 0x000a001f,
  connectionOpen: 0x000a0028,
  connectionOpenOk: 0x000a0029,
  connectionClose: 0x000a0032,
  connectionCloseOk: 0x000a0033,
  connectionBlocked: 0x000a003c,
  connectionUnblocked: 0x000a003d,
  channelOpen: 0x0014000a,
  channelOpenOk: 0x0014000b,
  channelFlow: 0x00140014,
  channelFlowOk: 0x00140015,
  channelClose: 0x00140028,
  channelCloseOk: 0x00140029,
  exchangeDeclare: 0x0028000a,
  exchangeDeclareOk: 0x0028000b,
  exchangeDelete: 0x00280014,
  exchangeDeleteOk: 0x00280015,
  queueDeclare: 0x0032000a,
  queueDeclareOk: 0x0032000b,
  queueBind: 0x00320014,
  queueBindOk: 0x00320015,
  basicQos: 0x003c000a,
  basicQosOk: 0x003c000b,
  basicConsume: 0x003c0014,
  basicConsumeOk: 0x003c0015,
  basicCancel: 0x003c001e,
  basicCancelOk: 0x003c001f,
  basicPublish: 0x003c0028,
  basicReturn: 0x003c0032,
  basicDeliver: 0x003c003c,
  basicAck: 0x003c0050,
  basicNack: 0x003c0078,
  confirmSelect: 0x0055000a,
  confirmSelectOk: 0x0055000b,
} as const;

/** A complete method frame. */
export function methodFrame(channel: number, id: number, ...args: readonly Buffer[]): Buffer {
  const size = args.reduce((sum, part) => sum + part.length, 4);
  const head = Buffer.alloc(11);
  head.writeUInt8(1, 0);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(size, 3);
  head.writeUInt32BE(id, 7);
  return Buffer.concat([head, ...args, frameEnd]);
}

const frameEnd = Buffer.from([0xce]);

/** A heartbeat frame. */
export const heartbeatFrame = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]);

/** Big-endian arguments. */
export const octet = (value: number): Buffer => Buffer.from([value]);
export const short = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
export const long = (value: number): Buffer => {
  const to = Buffer.alloc(4);
  to.writeUInt32BE(value);
  return to;
};
export const longlong = (value: number): Buffer => {
  const to = Buffer.alloc(8);
  to.writeBigUInt64BE(BigInt(value));
  return to;
};
export const shortText = (text: string | Uint8Array): Buffer => {
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text);
  if (bytes.length > 255) throw new RangeError(`${bytes.length} octets do not fit into a short string of AMQP`);
  return Buffer.concat([octet(bytes.length), bytes]);
};
export const longText = (bytes: Buffer): Buffer => Buffer.concat([long(bytes.length), bytes]);

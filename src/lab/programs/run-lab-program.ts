import type { Readable } from 'node:stream';
import * as z from 'zod';
import { Fault } from '../../core/fault.ts';
import { runStandIn } from '../cdc/stand-in/run-stand-in.ts';
import { runChangesConsumer } from './changes-consumer.ts';
import { runConsumer } from './consumer.ts';
import { readProgramInput } from './program-control.ts';
import { runPublisher } from './publisher.ts';
import { runRowsWriter } from './rows-writer.ts';
import { serviceLogin } from './service-login.ts';

const publisher = z.strictObject({
  login: serviceLogin,
  exchange: z.string(),
  routingKeys: z.array(z.string()).min(1),
  perSecond: z.number().positive(),
  record: z.string(),
});
const consumer = z.strictObject({
  login: serviceLogin,
  queues: z.array(z.string()).min(1),
  prefetch: z.number().int().positive(),
  record: z.string(),
});
const changesConsumer = z.strictObject({ login: serviceLogin, queue: z.string(), record: z.string() });
const rowsWriter = z.strictObject({
  host: z.string(),
  port: z.number(),
  user: z.string(),
  password: z.string(),
  perSecond: z.number().positive(),
  record: z.string(),
});
const standIn = z.strictObject({ properties: z.string() });
const s3Server = z.strictObject({
  port: z.number(),
  folder: z.string(),
  bucket: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});

/**
 * A load program as a process of its own: the hidden command `lab-program <name>`. Its configuration is the first
 * line of `input` (so that no secret is in its argv), commands follow; it ends at `stop` and when the input ends. The
 * stand-in for Maxwell ends at SIGTERM, as Maxwell does.
 * @returns the exit code
 */
export async function runLabProgram(name: string, input: Readable, reply: (line: string) => void): Promise<number> {
  const { config, control } = await readProgramInput(input, reply);
  switch (name) {
    case 'publisher':
      await runPublisher(publisher.parse(config), control);
      return 0;
    case 'consumer':
      await runConsumer(consumer.parse(config), control);
      return 0;
    case 'changes-consumer':
      await runChangesConsumer(changesConsumer.parse(config), control);
      return 0;
    case 'rows-writer':
      await runRowsWriter(rowsWriter.parse(config), control);
      return 0;
    case 's3':
      await (await import('../s3/run-s3-server.ts')).runS3Server(s3Server.parse(config), control);
      return 0;
    case 'maxwell-stand-in':
      // Its owner keeps the other end open, which would keep this process alive.
      input.destroy();
      return runStandIn(standIn.parse(config).properties, reply);
    default:
      throw new Fault({ code: 'lab.unknown-program', message: `There is no lab program '${name}'.`, exit: 'usage' });
  }
}

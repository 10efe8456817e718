/**
 * Loaded with `node --import` into the program that is to wait: holds it once its journal says that Maxwell's position is
 * about to be set, until the file HOLD_UNTIL is there.
 */
import { existsSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const gate = process.env['HOLD_UNTIL'] ?? '';
const probe = await open('/dev/null');
const prototype = Object.getPrototypeOf(probe);
await probe.close();

const { write, datasync } = prototype;
let held = false;

prototype.write = function (bytes, ...rest) {
  const text = Buffer.from(bytes.buffer ?? bytes, bytes.byteOffset, bytes.byteLength).toString();
  const journal = readlinkSync(`/proc/self/fd/${this.fd}`).endsWith('/journal.jsonl');
  held = journal && text.includes('"change.intended"') && text.includes('"maxwell.reset"');
  return write.call(this, bytes, ...rest);
};

prototype.datasync = async function () {
  await datasync.call(this);
  while (held && !existsSync(gate)) await sleep(50);
};

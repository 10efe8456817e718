/**
 * Loaded with `node --import` into the program that is to die: kills it with SIGKILL at the record of its journal that
 * CRASH_RECORD names (counted from 0 in this process), CRASH_WAY `before` it is written, with half of it `torn`, or
 * `after` it was synced.
 */
import { readlinkSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';

const wanted = Number(process.env['CRASH_RECORD']);
const way = process.env['CRASH_WAY'];

const probe = await open('/dev/null');
const prototype = Object.getPrototypeOf(probe);
await probe.close();

const { write, datasync } = prototype;
let records = -1;

function isJournal(handle) {
  return readlinkSync(`/proc/self/fd/${handle.fd}`).endsWith('/journal.jsonl');
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way: nothing else may happen in this process.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

prototype.write = function (bytes, ...rest) {
  if (!isJournal(this)) return write.call(this, bytes, ...rest);
  records += 1;
  if (records === wanted && way === 'before') die();
  if (records === wanted && way === 'torn') {
    writeSync(this.fd, bytes, 0, Math.floor(bytes.length / 2));
    die();
  }
  return write.call(this, bytes, ...rest);
};

prototype.datasync = async function () {
  await datasync.call(this);
  if (records === wanted && way === 'after' && isJournal(this)) die();
};

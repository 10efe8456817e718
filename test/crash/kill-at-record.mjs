/**
 * Loaded with `node --import` into the program that is to die: kills it with SIGKILL at the record of its journal that
 * CRASH_RECORD names (counted from 0 in this process) or that is the first with the text CRASH_TEXT, CRASH_WAY `before` it is written, with half of it `torn`, or
 * `after` it was synced. `full` and `unsynced` stand in for a disk that fails there: half of the record is written and
 * ENOSPC answered, or fsync answers EIO; the program lives on, and so does the disk.
 */
import { readlinkSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';

let wanted = Number(process.env['CRASH_RECORD']);
const text = process.env['CRASH_TEXT'];
const way = process.env['CRASH_WAY'];

const probe = await open('/dev/null');
const prototype = Object.getPrototypeOf(probe);
await probe.close();

const { write, datasync } = prototype;
let records = -1;

function isJournal(handle) {
  return readlinkSync(`/proc/self/fd/${handle.fd}`).endsWith('/journal.jsonl');
}

function failure(code, text) {
  return Object.assign(new Error(`${code}: ${text}`), { code });
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way: nothing else may happen in this process.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

prototype.write = function (bytes, ...rest) {
  if (!isJournal(this)) return write.call(this, bytes, ...rest);
  records += 1;
  if (text !== undefined && Number.isNaN(wanted) && bytes.toString('utf8').includes(text)) wanted = records;
  if (records === wanted && way === 'before') die();
  if (records === wanted && way === 'torn') {
    writeSync(this.fd, bytes, 0, Math.floor(bytes.length / 2));
    die();
  }
  if (records === wanted && way === 'full') {
    writeSync(this.fd, bytes, 0, Math.floor(bytes.length / 2));
    return Promise.reject(failure('ENOSPC', 'no space left on device, write'));
  }
  return write.call(this, bytes, ...rest);
};

prototype.datasync = async function () {
  if (records === wanted && way === 'unsynced' && isJournal(this)) throw failure('EIO', 'i/o error, fdatasync');
  await datasync.call(this);
  if (records === wanted && way === 'after' && isJournal(this)) die();
};

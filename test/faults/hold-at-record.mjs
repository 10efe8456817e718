/**
 * Loaded with `node --import` into a program that is to wait in the middle of its work: after the record of its journal
 * that HOLD_RECORD names (counted from 0 in this process), or that is the first with the text HOLD_TEXT, is synced, it
 * makes the file HOLD_REACHED and goes on when the file HOLD_UNTIL is there.
 */
import { existsSync, readlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

let wanted = Number(process.env['HOLD_RECORD']);
const text = process.env['HOLD_TEXT'];
const reached = process.env['HOLD_REACHED'] ?? '';
const until = process.env['HOLD_UNTIL'] ?? '';
const probe = await open('/dev/null');
const prototype = Object.getPrototypeOf(probe);
await probe.close();

const { write, datasync } = prototype;
let records = -1;

function isJournal(handle) {
  return readlinkSync(`/proc/self/fd/${handle.fd}`).endsWith('/journal.jsonl');
}

prototype.write = function (...given) {
  if (isJournal(this)) {
    records += 1;
    if (text !== undefined && Number.isNaN(wanted) && given[0].toString('utf8').includes(text)) wanted = records;
  }
  return write.apply(this, given);
};

prototype.datasync = async function () {
  await datasync.call(this);
  if (records !== wanted || !isJournal(this) || existsSync(reached)) return;
  writeFileSync(reached, '');
  while (!existsSync(until)) await sleep(20);
};

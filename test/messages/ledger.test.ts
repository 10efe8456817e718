import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readLedger, type LedgerLine } from '../../src/services/messages/ledger-reader.ts';
import { openLedger } from '../../src/services/messages/ledger-writer.ts';

const head: LedgerLine = { format: 2, drain: 'd', vhost: 'v', to: 'queue', into: null };
const session = (boot: string): LedgerLine => ({ session: boot, ready: { q: 3 } });

async function written(lines: readonly LedgerLine[], torn = ''): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'esr-ops-ledger-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, 'l.jsonl');
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join('') + torn, { mode: 0o600 });
  return path;
}

async function reading(boot: string, lines: readonly LedgerLine[], torn = ''): ReturnType<typeof readLedger> {
  return await readLedger(await written(lines, torn), boot);
}

const cutOff: readonly LedgerLine[] = [
  head,
  session('one'),
  { sending: [[0, 99]] },
  { sent: [[0, 9]], done: [] },
  { sent: [[10, 19]], done: [[0, 4]] },
];

it('a session that was killed may have sent what it noted, and no more, while the machine stays up', async () => {
  const ledger = await reading('one', cutOff, '{"sent":[[20,');
  expect([ledger.sending.size(), ledger.done.size(), ledger.repeats]).toEqual([20, 5, 0]);
  expect([ledger.sending.has(19), ledger.sending.has(20)]).toEqual([true, false]);
});

it('a session that went down with the machine may have sent all that it announced', async () => {
  const ledger = await reading('two', cutOff);
  expect([ledger.sending.size(), ledger.done.size()]).toEqual([100, 5]);
});

it('a session that ended in order is taken at its word after the machine went down', async () => {
  const ledger = await reading('two', [...cutOff, { ended: 'done' }]);
  expect(ledger.sending.size()).toBe(20);
});

it('what was sent again counts as repeated, unless it is known that it was in no queue', async () => {
  const refused: LedgerLine = { left: 7, why: 'refused', said: 'full' };
  const again: readonly LedgerLine[] = [session('one'), { sending: [[5, 99]] }, { sent: [[5, 24]], done: [[5, 24]] }];
  const ledger = await reading('one', [...cutOff, refused, ...again]);
  // 5 to 19 were sent before, and 7 of them came back.
  expect([ledger.repeats, ledger.left.size, ledger.done.size()]).toEqual([14, 0, 25]);
});

it('damage other than a torn last line is refused, saying which line', async () => {
  await expect(reading('one', [head, { sent: [[0, 1]], done: [] }])).rejects.toThrow('line 2');
  await expect(reading('one', [session('one')])).rejects.toThrow('line 1');
});

it('a restore that fails before its session has begun says nothing of the session before', async () => {
  const path = await written(cutOff);
  const before = await readFile(path, 'utf8');
  const ledger = await openLedger(path);
  await ledger.failed({ sent: [[90, 99]], done: [] });
  await ledger.close();
  expect(await readFile(path, 'utf8')).toBe(before);
});

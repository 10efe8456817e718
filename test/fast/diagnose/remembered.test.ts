import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, Look, Since } from '../../../src/core/finding.ts';
import { datedLooks, remember, type Remembered } from '../../../src/core/remembered.ts';
import { readLooks } from '../../../src/services/state/looks-file.ts';
import { keepLooks } from '../../../src/services/state/looks-writer.ts';
import { tempFolder } from '../state/temp-folder.ts';

const finding = (code: string, since: Since | null = null): Finding => ({
  code,
  place: 'vhost',
  severity: 'broken',
  message: 'm',
  figure: '',
  since,
  evidence: [],
  meaning: 'm',
  blocks: [],
  confidence: 'certain',
  next: { byHand: null, command: 'esr-ops status' },
});
const look = (findings: readonly Finding[], parts: Partial<Look> = {}): Look => ({
  place: 'vhost',
  subject: 'vhost esr',
  state: findings.length === 0 ? 'ok' : 'broken',
  figure: '',
  figures: {},
  since: null,
  findings,
  tookMs: 1,
  ...parts,
});
/** Looks one after the other; what the last one is dated by. */
function lastOf(...looks: readonly (readonly [number, Look])[]): Look {
  let remembered: Remembered | null = null;
  let dated: Look | undefined;
  for (const [at, one] of looks) {
    remembered = remember(remembered, [one], at);
    [dated] = datedLooks([one], remembered, at);
  }
  return dated!;
}

describe('since when', () => {
  it('is not said by a first look', () => {
    const { since, findings } = lastOf([10, look([finding('vhost.down')])]);
    expect([since, findings[0]?.since]).toEqual([null, null]);
  });
  it('is after the last look that saw it well, and then at least since the first that saw it so', () => {
    const down = look([finding('vhost.down')]);
    expect(lastOf([10, look([])], [20, down])).toMatchObject({
      since: { ms: 10, how: 'after' },
      findings: [{ since: { ms: 10, how: 'after' } }],
    });
    expect(lastOf([10, look([])], [20, down], [30, down])).toMatchObject({
      since: { ms: 20, how: 'before' },
      findings: [{ since: { ms: 20, how: 'before' } }],
    });
  });
  it('begins anew when it came again, and is kept while it could not be seen', () => {
    const down = look([finding('vhost.down')]);
    const unseen = look([], { state: 'unseen' });
    expect(lastOf([10, down], [20, look([])], [30, down], [40, down]).findings[0]?.since?.ms).toBe(30);
    expect(lastOf([10, down], [20, unseen], [30, down]).findings[0]?.since?.ms).toBe(10);
  });
  it('is what the component itself says, where it says so, and else the narrower one', () => {
    const said = (since: Since) => look([finding('vhost.down', since)], { since });
    const own = { ms: 3, how: 'since' } as const;
    expect(lastOf([10, look([])], [20, said(own)]).findings[0]?.since).toEqual(own);
    const early = { ms: 5, how: 'after' } as const;
    expect(lastOf([10, look([])], [20, said(early)]).since).toEqual({ ms: 10, how: 'after' });
    const late = { ms: 15, how: 'after' } as const;
    expect(lastOf([10, look([])], [20, said(late)]).since).toEqual(late);
  });
  it('is never in the future, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.constantFrom('ok', 'down', 'unseen'))), (steps) => {
        let at = 0;
        const looks = steps.map(([pause, is]) => {
          at += pause;
          return [
            at,
            look(is === 'down' ? [finding('vhost.down')] : [], is === 'unseen' ? { state: is } : {}),
          ] as const;
        });
        if (looks.length === 0) return;
        const { since, findings } = lastOf(...looks);
        for (const one of [since, ...findings.map((found) => found.since)])
          expect(one?.ms ?? 0).toBeLessThanOrEqual(at);
      }),
    );
  });
});

describe('what is remembered', () => {
  const remembered = remember(null, [look([])], 10);
  it('is in a file of ours alone, whole', async () => {
    const root = await tempFolder();
    await keepLooks(root, 'prod', remembered);
    const later = remember(remembered, [look([])], 20);
    await keepLooks(root, 'prod', later);
    expect(await readLooks(join(root, 'prod'))).toEqual(later);
    expect(await readdir(join(root, 'prod'))).toEqual(['looks.json']);
    expect((await stat(join(root, 'prod', 'looks.json'))).mode & 0o777).toBe(0o600);
  });
  it('does no harm where it can not be written, or is damaged', async () => {
    const root = await tempFolder();
    await writeFile(join(root, 'file'), '');
    await keepLooks(join(root, 'file'), 'prod', remembered);
    await mkdir(join(root, 'open'), { mode: 0o755 });
    await keepLooks(root, 'open', remembered);
    expect(await readdir(join(root, 'open'))).toEqual([]);
    await writeFile(join(root, 'open', 'looks.json'), '{"version":1,"things":{"a":1}}');
    expect([await readLooks(join(root, 'open')), await readLooks(join(root, 'file'))]).toEqual([null, null]);
  });
});

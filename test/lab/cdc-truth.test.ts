import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeName, type ChangeRecord } from '../../src/lab/cdc/change-record.ts';
import { cdcTruthOf } from '../../src/lab/cdc/cdc-truth.ts';
import { planTransaction } from '../../src/lab/cdc/plan-transaction.ts';

interface Fate {
  readonly ends: 'committed' | 'gave-up' | 'killed';
  readonly deliveries: readonly number[];
}

function recordsOf(fates: readonly Fate[]): readonly ChangeRecord[] {
  return fates.flatMap(({ ends, deliveries }, n): ChangeRecord[] => {
    const transaction = `t${n}`;
    const changes = deliveries.map((_, row) => changeName('Post', 'insert', `${transaction}-${row}`));
    return [
      { event: 'committing', transaction, at: n, changes },
      ...(ends === 'killed' ? [] : [{ event: ends, transaction, at: n } as const]),
      ...changes.flatMap((change, row) =>
        Array.from({ length: deliveries[row] ?? 0 }, (): ChangeRecord => ({
          event: 'delivered',
          change,
          at: n,
          xid: n,
          position: undefined,
          redelivered: false,
        })),
      ),
    ];
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

describe('cdcTruthOf', () => {
  it('counts what was made, delivered, lost and delivered twice, in whatever order it was written down', () => {
    const fate = fc.record({
      ends: fc.constantFrom('committed', 'gave-up', 'killed'),
      deliveries: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(fate, { maxLength: 20 }), fc.nat(), (fates, cut) => {
        const records = recordsOf(fates);
        const turned = [...records.slice(cut % (records.length + 1)), ...records.slice(0, cut % (records.length + 1))];
        const rows = fates.flatMap(({ ends, deliveries }) => deliveries.map((times) => ({ ends, times })));
        const made = rows.filter(({ ends }) => ends === 'committed');
        expect(cdcTruthOf(turned)).toMatchObject({
          made: made.length,
          doubtful: rows.length - made.length,
          delivered: rows.filter(({ times }) => times > 0).length,
          lost: made.filter(({ times }) => times === 0).length,
          deliveredTwice: sum(rows.map(({ times }) => Math.max(0, times - 1))),
          unexplained: 0,
        });
      }),
    );
  });

  it('names the lost ones, and what nobody made', () => {
    const truth = cdcTruthOf([
      { event: 'committing', transaction: 'a', at: 1, changes: ['Post/insert/a-0', 'Post/insert/a-1'] },
      { event: 'committed', transaction: 'a', at: 2 },
      ...['Post/insert/a-1', 'Post/insert/zzz'].map((change): ChangeRecord => ({
        event: 'delivered',
        change,
        at: 3,
        xid: 1,
        position: 'f.1:4',
        redelivered: false,
      })),
    ]);
    expect(truth).toMatchObject({ lost: 1, lostChanges: ['Post/insert/a-0'], unexplained: 1 });
  });
});

describe('planTransaction', () => {
  const planned = Array.from({ length: 300 }, (_, n) => planTransaction(`b-${n}`, n));

  it('names each change once', () => {
    const changes = planned.flatMap(({ statements }) => statements.flatMap((statement) => statement.changes));
    expect(new Set(changes).size).toBe(changes.length);
  });

  it('inserts, changes and takes away rows of every table, many at once, and some transactions are long', () => {
    const changes = planned.flatMap(({ statements }) => statements.flatMap((statement) => statement.changes));
    const kinds = new Set(changes.map((change) => change.split('/').slice(0, 2).join('/')));
    for (const table of ['Post', 'Placement', 'EsrNotification', 'PlacementEsrEvent']) {
      for (const kind of ['insert', 'update', 'delete']) expect(kinds).toContain(`${table}/${kind}`);
    }
    expect(planned.some(({ statements }) => statements.some((statement) => statement.changes.length === 5))).toBe(true);
    expect(planned.filter(({ long }) => long)).toHaveLength(12);
  });
});

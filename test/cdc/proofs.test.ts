import type { FactScope } from '../../src/core/deciding.ts';
import { cdcFacts } from '../../src/actions/facts/cdc.ts';
import { describe, expect, it } from 'vitest';
import { allConsumed } from '../../src/actions/all-consumed.ts';
import { cdcOthers } from '../../src/actions/cdc-others.ts';
import { cdcRepoint } from '../../src/actions/cdc-repoint.ts';
import { cdcStart } from '../../src/actions/cdc-start.ts';
import { cdcStop } from '../../src/actions/cdc-stop.ts';
import { maxwellReset } from '../../src/actions/maxwell-reset.ts';
import { replayStart } from '../../src/actions/replay-start.ts';
import * as repoint from '../../src/apply/cdc-repoint.ts';
import * as start from '../../src/apply/cdc-start.ts';
import * as stop from '../../src/apply/cdc-stop.ts';
import * as reset from '../../src/apply/maxwell-reset.ts';
import type { CdcRepoint, CdcStart, CdcStop, Change, MaxwellReset } from '../../src/core/change.ts';
import type { MaxwellStatus } from '../../src/core/maxwell-status.ts';
import { contextWith, doubledCdc, worldWith, type DoubledCdc } from './doubles.ts';

/* With doubles (./doubles.ts): what can't be arranged with real servers one proof at a time. */

const stopping: CdcStop = { kind: 'cdc.stop', clientId: 'maxwell' };
const starting: CdcStart = { kind: 'cdc.start', clientId: 'maxwell', vhost: 'esr' };
const none = { atLeast: 0, atMost: 0 };
const setting: MaxwellReset = {
  kind: 'maxwell.reset',
  clientId: 'maxwell',
  serverId: 1,
  was: doubledCdc().stored,
  to: { file: 'mysql-bin.000003', offset: 300, gtidSet: null, heartbeat: 3_000 },
  expect: { rows: 0, twice: none, never: none },
  undoes: null,
};
const isSet: Partial<DoubledCdc> = {
  stored: {
    serverId: 1,
    clientId: 'maxwell',
    position: { file: 'mysql-bin.000003', offset: 300 },
    gtidSet: null,
    lastHeartbeatRead: 3_000,
  },
};

type Case = readonly [string, Partial<DoubledCdc>, string, string];

describe('cdc.stop is proved by its process and by its heartbeat', () => {
  it.each<Case>([
    ['both are quiet', {}, 'applied', 'its heartbeat stood still for 12 s'],
    ['its process runs', { process: 'running' }, 'not-applied', 'the double is running'],
    ['the heartbeat moves', { moves: true }, 'not-applied', 'a Maxwell of this client runs somewhere'],
    ['nobody says how its process is', { process: 'unknown' }, 'unknown', 'the double is unknown'],
  ])('%s', async (_name, over, verdict, evidence) => {
    const seen = await stop.verify(stopping, worldWith(doubledCdc(over)));
    expect(seen.verdict).toBe(verdict);
    expect(seen.evidence.join('; ')).toContain(evidence);
  });

  it('is planned also where CDC is stopped already, so that its quiet is proved', async () => {
    const { changes } = await cdcStop.plan({}, contextWith(doubledCdc()));
    expect(changes).toEqual([stopping]);
  });
});

const pointing: CdcRepoint = {
  kind: 'cdc.repoint',
  clientId: 'maxwell',
  where: 'cdc-1:/etc/maxwell.properties',
  was: 'old',
  becomes: 'new',
  from: { host: 'broker', vhost: 'esr-old', user: 'cdc' },
  to: { host: 'broker', vhost: 'esr', user: 'cdc' },
  asked: { vhost: 'esr', user: null, host: null },
  changed: ['rabbitmq_virtual_host'],
  diff: [{ sign: '+', at: 1, text: 'rabbitmq_virtual_host=esr' }],
};
const misled: Partial<DoubledCdc> = { target: { ...doubledCdc().target, vhost: 'esr-old' }, connected: ['esr-old'] };

describe('cdc.repoint', () => {
  it('is planned with the stop before it, and without where CDC is stopped by then', async () => {
    const first = await cdcRepoint.plan({ vhost: 'esr' }, contextWith(doubledCdc(misled)));
    expect(first).toMatchObject({ changes: [stopping, pointing], blockers: [] });
    const second = await cdcRepoint.plan({ vhost: 'esr' }, contextWith(doubledCdc(misled), [stopping]));
    expect(second.changes).toEqual([pointing]);
    const there = await cdcRepoint.plan({ vhost: 'esr' }, contextWith(doubledCdc({ file: 'says it already' })));
    expect(there).toMatchObject({ changes: [], unchanged: ['cdc-1:/etc/maxwell.properties says all of it already'] });
    expect(JSON.stringify([first, second, there])).not.toContain('secret');
  });

  it.each<readonly [string, Partial<DoubledCdc>, string[]]>([
    ['the vhost is not there', { vhosts: ['esr-old'] }, ['cdc.vhost-absent']],
    ['the exchange is missing', { exchange: null }, ['cdc.exchange']],
    ['the exchange is of another type', { exchange: { type: 'topic', durable: true } }, ['cdc.exchange']],
    ['the exchange is not durable', { exchange: { type: 'fanout', durable: false } }, ['cdc.exchange']],
    ['the exchange leads nowhere', { bound: false }, ['cdc.exchange']],
    ['a queue belongs elsewhere', { queues: ['esr.changes', 'reval.queue'] }, ['cdc.foreign-vhost']],
    ['its user has no permission', { permission: null }, ['cdc.no-permission']],
    ['its user may not write', { permission: { configure: '.*', write: '^other$' } }, ['cdc.no-permission']],
    ['its user may not declare', { permission: { configure: '', write: '.*' } }, ['cdc.no-permission']],
    ['its password is refused', { login: 'refused' }, ['cdc.login-refused']],
    ['its password is not known', { password: 'missing' }, ['cdc.no-password']],
    ['nobody knows whether it gets in', { login: 'unknown' }, []],
  ])('blocked: %s', async (_name, over, codes) => {
    const { blockers } = await cdcRepoint.plan({ vhost: 'esr' }, contextWith(doubledCdc({ ...misled, ...over })));
    expect(blockers.map(({ code }) => code)).toEqual(codes);
  });

  it('is not blocked by what was named, nor by its own permission that the fence has taken', async () => {
    const foreign = contextWith(doubledCdc({ ...misled, queues: ['reval.queue'] }));
    expect((await cdcRepoint.plan({ vhost: 'esr', foreign: ['queue:reval.queue'] }, foreign)).blockers).toEqual([]);
    const was = { user: 'cdc', configure: '^maxwell$', write: '^maxwell$', read: '^$' };
    const fenced = contextWith(doubledCdc({ ...misled, permission: null, login: 'refused' }), [
      { kind: 'permission.withdraw', vhost: 'esr', was },
    ]);
    expect((await cdcRepoint.plan({ vhost: 'esr' }, fenced)).blockers).toEqual([]);
  });

  it('asks whether another host name is the same broker', async () => {
    const plan = async (host: string, accepted = false) =>
      (
        await cdcRepoint.plan({ vhost: 'esr', host, 'accept-host': accepted }, contextWith(doubledCdc(misled)))
      ).blockers.map(({ code }) => code);
    expect([await plan('broker'), await plan('mq-2'), await plan('mq-2', true)]).toEqual([
      [],
      ['cdc.other-broker'],
      [],
    ]);
  });

  it.each<readonly [string, Partial<DoubledCdc>, Partial<CdcRepoint>, string, string]>([
    ['CDC runs again', { process: 'running' }, {}, 'cdc.not-quiet', 'blocked'],
    ['nobody says how its process is', { process: 'unknown' }, {}, 'cdc.not-quiet', 'blocked'],
    ['the file was changed', { file: 'changed' }, {}, 'cdc.config-changed', 'stale'],
    ['the password is another one', {}, { becomes: 'newer' }, 'cdc.password-changed', 'stale'],
  ])('is not made when %s: nothing is written', async (_name, over, change, code, exit) => {
    const cdc = doubledCdc(over);
    await expect(repoint.apply({ ...pointing, ...change }, worldWith(cdc))).rejects.toMatchObject({
      problems: [{ code, exit, details: { sent: false } }],
    });
    expect(cdc.done).toEqual([]);
  });

  it('is made when all of that holds, and proved by the file', async () => {
    const cdc = doubledCdc();
    expect((await repoint.apply(pointing, worldWith(cdc))).output).toEqual({ backup: 'f.bak' });
    expect(cdc.done).toEqual(['write']);
    const verdict = async (change: Partial<CdcRepoint>) =>
      (await repoint.verify({ ...pointing, ...change }, worldWith(cdc))).verdict;
    expect(await verdict({})).toBe('not-applied');
    expect(await verdict({ was: 'older', becomes: 'old' })).toBe('applied');
    expect(await verdict({ was: 'older' })).toBe('unknown');
  });

  it('is followed by a list of who else is in the vhost that CDC left', async () => {
    const at = (over: Partial<DoubledCdc>) => cdcOthers.plan({}, contextWith(doubledCdc(over), [pointing]));
    expect((await at({ others: ['exporter', 'exporter', 'cdc', 'esr-ops'] })).notes).toEqual([
      'still connected to vhost esr-old, and not repointed with CDC: cdc (10.0.0.9:1), exporter (10.0.0.9:1) x 2',
    ]);
    const planned = { ...contextWith(doubledCdc({ others: ['cdc'] })), ahead: [pointing] };
    expect((await cdcOthers.plan({}, planned)).notes).toEqual(['nobody else is connected to vhost esr-old']);
    expect((await at({})).notes).toEqual(['nobody else is connected to vhost esr-old']);
  });

  it('makes a replay want to be told since when', async () => {
    const codes = async (at: number | null) =>
      (await maxwellReset.plan({ at }, contextWith(doubledCdc(), [stopping, pointing]))).blockers;
    expect(await codes(5_000)).toEqual([]);
    const [blocker] = await codes(null);
    expect(blocker).toMatchObject({ code: 'maxwell.since-unknown', remedies: [{ flag: '--since', input: 'since' }] });
  });
});

describe('maxwell.reset is made only when stopped, quiet and unmoved', () => {
  it.each<readonly [string, Partial<DoubledCdc>, string]>([
    ['its process runs', { process: 'running' }, 'Maxwell runs'],
    ['nobody says how its process is', { process: 'unknown' }, 'It is not known that Maxwell stopped'],
    ['the heartbeat moves', { moves: true }, 'Maxwell runs'],
    ['the row moved', { unmoved: false }, 'is no longer mysql-bin.000007:700'],
  ])('%s: refused, and nothing is written', async (_name, over, message) => {
    const cdc = doubledCdc(over);
    await expect(reset.apply(setting, worldWith(cdc))).rejects.toMatchObject({
      message: expect.stringContaining(message) as string,
      problems: [{ exit: 'blocked', details: { sent: false } }],
    });
    expect(cdc.done).toEqual([]);
  });

  it('all of that holds: written', async () => {
    const cdc = doubledCdc();
    await reset.apply(setting, worldWith(cdc));
    expect(cdc.done).toEqual(['set']);
  });

  it.each<Case>([
    ['the row is the new one', isSet, 'applied', 'heartbeat 3000'],
    ['the row is the old one', {}, 'not-applied', 'mysql-bin.000007:700'],
    ['the row is gone', { stored: null }, 'unknown', 'nothing'],
    ['the row is a third one', at('mysql-bin.000007', 999), 'unknown', '000007:999'],
    ['the heartbeat is another one', { stored: { ...isSet.stored!, lastHeartbeatRead: 1 } }, 'unknown', '000003:300'],
  ])('proved by the row: %s', async (_name, over, verdict, evidence) => {
    const seen = await reset.verify(setting, worldWith(doubledCdc(over)));
    expect(seen.verdict).toBe(verdict);
    expect(seen.evidence.join('; ')).toContain(evidence);
  });

  it('of a lost row: still lost is not applied', async () => {
    const seen = await reset.verify({ ...setting, was: null }, worldWith(doubledCdc({ stored: null })));
    expect(seen.verdict).toBe('not-applied');
  });

  it.each<readonly [string, Partial<DoubledCdc>, string[]]>([
    ['Maxwell runs and nobody stopped it', { looks: 'alive' }, ['maxwell.running']],
    ['no schema fits', { schemaFits: false }, ['maxwell.no-schema']],
    ['both', { looks: 'alive', schemaFits: false }, ['maxwell.running', 'maxwell.no-schema']],
    ['neither', {}, []],
    ['changes would be left out', at('mysql-bin.000003', 299), ['maxwell.gap']],
    ['it begins where Maxwell stopped', at('mysql-bin.000003', 300), []],
  ])('planned: %s', async (_name, over, codes) => {
    const { blockers } = await maxwellReset.plan({ at: 5_000 }, contextWith(doubledCdc(over)));
    expect(blockers.map(({ code }) => code)).toEqual(codes);
  });

  it('planned: what is left out can be given up by name, and is named all the same', async () => {
    const context = contextWith(doubledCdc(at('mysql-bin.000003', 299)));
    const { blockers, notes } = await maxwellReset.plan({ at: 5_000, 'accept-gap': true }, context);
    expect(blockers).toEqual([]);
    expect(notes.join('; ')).toContain('published up to mysql-bin.000003:299');
  });

  it('planned: a Maxwell whose stop was proved in this run may have a young heartbeat', async () => {
    const context = contextWith(doubledCdc({ looks: 'alive' }), [stopping]);
    expect((await maxwellReset.plan({ at: 5_000 }, context)).blockers).toEqual([]);
  });
});

describe('all that was published counts as consumed', () => {
  const begun = { kind: 'vhost.start', vhost: 'esr', nodes: [] } as const;

  it.each<readonly [string, Partial<DoubledCdc>, readonly Change[], boolean]>([
    ['after a stop in this run, with empty queues', {}, [stopping], true],
    ['not before the stop', {}, [], false],
    ['not after it published elsewhere', {}, [stopping, pointing], false],
    ['not of a vhost that this run has brought up', {}, [stopping, begun], false],
    ['not while something waits', { waiting: 1 }, [stopping], false],
    ['not where the broker does not know', { waiting: null }, [stopping], false],
    ['not where the exchange leads nowhere', { bound: false }, [stopping], false],
  ])('%s', async (_name, over, made, expected) => {
    const cdc = doubledCdc(over);
    expect(await allConsumed(cdc.target, contextWith(cdc, made))).toBe(expected);
  });
});

describe('cdc.start is proved by process, heartbeat and connection', () => {
  const well: Partial<DoubledCdc> = { process: 'running', looks: 'alive' };

  it.each<Case>([
    ['all three', well, 'applied', 'to vhost esr and to no other'],
    ['it ended again', { ...well, process: 'stopped' }, 'not-applied', 'log: a line of the log'],
    ['its heartbeat does not move', { ...well, looks: 'quiet' }, 'not-applied', 'its heartbeat does not move'],
    ['it is not connected', { ...well, connected: [] }, 'not-applied', 'no connection to the vhost'],
    ['it is elsewhere', { ...well, connected: ['esr-old'] }, 'not-applied', 'no connection to the vhost'],
    ['it is elsewhere, too', { ...well, connected: ['esr', 'esr-old'] }, 'not-applied', 'other vhosts, too: esr-old'],
  ])('%s', async (_name, over, verdict, evidence) => {
    const seen = await start.verify(starting, worldWith(doubledCdc(over)), {});
    expect(seen.verdict).toBe(verdict);
    expect(seen.evidence.join('; ')).toContain(evidence);
  });

  it('asks a broker again that does not answer, and gives up on one that stays silent', async () => {
    const seen = await start.verify(starting, worldWith(doubledCdc({ ...well, silentLooks: 2 })), {});
    expect(seen.verdict).toBe('applied');
    const silent = start.verify(starting, worldWith(doubledCdc({ ...well, silentLooks: 3 })), {});
    await expect(silent).rejects.toMatchObject({ problems: [{ code: 'rabbitmq.unreachable' }] });
  });

  it.each<readonly [string, Partial<DoubledCdc>, string[]]>([
    ['all is there', {}, []],
    ['its configuration names another vhost', { target: { ...doubledCdc().target, vhost: 'x' } }, ['cdc.wrong-vhost']],
    ['the exchange is missing', { exchange: null }, ['cdc.exchange']],
    ['the exchange is of another type', { exchange: { type: 'topic', durable: true } }, ['cdc.exchange']],
    ['the exchange is not durable', { exchange: { type: 'fanout', durable: false } }, ['cdc.exchange']],
    ['the exchange leads nowhere', { bound: false }, ['cdc.exchange']],
  ])('planned: %s', async (_name, over, codes) => {
    const { blockers } = await cdcStart.plan({ vhost: 'esr' }, contextWith(doubledCdc(over)));
    expect(blockers.map(({ code }) => code)).toEqual(codes);
  });
});

it('a row that has read no heartbeat back does not make a replay begin in 1970', async () => {
  const cdc = worldWith(doubledCdc()).readers.cdc;
  if (cdc === null) throw new Error('no CDC');
  const status = { stored: { lastHeartbeatRead: 0 }, heartbeat: { heartbeat: Date.UTC(2026, 2, 29, 1, 0) } };
  const nothing = { at: null, position: null, gtidSet: null };
  const { why } = await replayStart(cdc, nothing, status as unknown as MaxwellStatus, contextWith(doubledCdc()));
  expect(why.join()).toContain('so 2026-03-29T00:45:00.000Z is taken');
});

describe('cdc.lag is only known of a CDC that lives', () => {
  const lag = cdcFacts.find(({ name }) => name === 'cdc.lag');
  const asOf = 'its heartbeat of 1970-01-01T00:01:00Z, 3 s old when it was looked at; ';

  it.each<readonly [string, Partial<DoubledCdc>, object]>([
    ['its process runs', { process: 'running' }, { known: true, value: 3, asOf: `${asOf}its process runs` }],
    [
      'it died right after',
      { process: 'stopped' },
      { known: false, why: 'its process is stopped (the double is stopped)' },
    ],
    ['not known, and it beats', { process: 'unknown', moves: true }, { value: 3, asOf: `${asOf}its heartbeat moves` }],
    [
      'not known, and it is still',
      { process: 'unknown', moves: false },
      { known: false, why: expect.stringContaining('its heartbeat stood still for 11 s') as string },
    ],
  ])('%s', async (_name, over, expected) => {
    const scope = { readers: worldWith(doubledCdc(over)).readers, inputs: {} } as unknown as FactScope;
    expect(await lag?.read(scope)).toMatchObject(expected);
  });
});

function at(file: string, offset: number): Partial<DoubledCdc> {
  const { stored } = doubledCdc();
  return stored === null ? {} : { stored: { ...stored, position: { file, offset } } };
}

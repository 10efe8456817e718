import { describe, expect, it } from 'vitest';
import { maxwellFindings } from '../../src/core/maxwell-overview.ts';
import { connection, overview, status, target } from './payloads.ts';

const stored = status().stored!;

describe('what is wrong with CDC', () => {
  it('is nothing where all is well', () => {
    expect(maxwellFindings(overview())).toEqual([]);
  });
  it.each([
    [
      'a stopped process',
      { process: { is: 'stopped', evidence: [] }, status: status({ looks: 'quiet' }) },
      /stopped\.$/,
    ],
    ['a stopped process whose heartbeat is fresh', { process: { is: 'stopped', evidence: [] } }, /another Maxwell/],
    ['a process of which nothing is known', { process: { is: 'unknown', evidence: [] } }, /not known/],
    ['a process that writes no heartbeats', { status: status({ looks: 'quiet', heartbeatAgeMs: 99_400 }) }, /99 s old/],
    ['no heartbeat ever', { status: status({ looks: 'never-seen', heartbeat: null }) }, /ever written/],
    ['a lost position', { status: status({ stored: null }) }, /no stored position/],
    [
      'a position of another server',
      { status: status({ stored: null, storedElsewhere: [{ ...stored, serverId: 99 }] }) },
      /server id 99, and this server's is 7/,
    ],
    ['a purged position', { status: status({ positionReadable: false }) }, /mysql-bin\.000044, was purged/],
    ['a lag over a minute', { status: status({ lagMs: 60_500 }) }, /61 s behind/],
    ['a configuration for another vhost', { target: target({ vhost: 'old' }) }, /vhost "old", not "esr"/],
    ['no connection', { connections: [] }, /no connection to vhost esr/],
    [
      'a connection elsewhere, too',
      { connections: [connection('esr'), connection('old')] },
      /connected to vhost "old"/,
    ],
    [
      'what could not be seen',
      { problems: [{ code: 'x', message: 'The broker is gone.', exit: 'unreachable' }] },
      /The broker is gone/,
    ],
  ] as const)('says: %s', (_, change, expected) => {
    const findings = maxwellFindings(overview(change));
    expect(findings).toEqual([expect.stringMatching(expected)]);
  });
  it('says nothing of a lag of a minute, or of a position that is a GTID set', () => {
    expect(maxwellFindings(overview({ status: status({ lagMs: 60_000 }) }))).toEqual([]);
    const gtid = { ...stored, position: null, gtidSet: 'a:1-9' };
    expect(maxwellFindings(overview({ status: status({ stored: gtid, positionReadable: false }) }))).toEqual([]);
  });
  it('counts what is not known as no finding of its own', () => {
    const blind = overview({ status: null, process: null, target: null, connections: null, log: null });
    expect(maxwellFindings(blind)).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainFindings } from '../../../src/core/causes.ts';
import { isToActOn, type Finding, type Look, type Place } from '../../../src/core/finding.ts';
import { implicationsOf } from '../../../src/core/implications.ts';
import { withCdcFlags } from '../../../src/probes/with-cdc-flags.ts';

const codes = [
  'mysql.unreachable',
  'broker.down',
  'broker.management-unreachable',
  'broker.alarm',
  'exchange.unbound',
  'exchange.unseen',
  'vhost.down',
  'vhost.absent',
  'vhost.fenced',
  'vhost.permission-lost',
  'vhost.permission-lost-cdc',
  'maxwell.stopped',
  'maxwell.quiet',
  'maxwell.not-connected',
  'maxwell.lagging',
  'maxwell.position-lost',
  'maxwell.wrong-vhost',
  'queues.consumers-missing',
  'queues.unknown',
  'queues.dead-letters',
  'docker.hung',
  'docker.absent',
  'esr.stuck',
  'esr.startup-failed',
  'etl.stopped',
  'etl.load-missing',
  's3.file-missing',
  'esr-ops.run-open',
];

function found(code: string): Finding {
  const [place = ''] = code.split('.');
  return {
    code,
    place: place as Place,
    severity: code === 'queues.dead-letters' ? 'advice' : 'broken',
    message: code,
    figure: '',
    since: null,
    evidence: [],
    meaning: '',
    blocks: [],
    confidence: 'certain',
    next: { byHand: null, command: 'esr-ops status' },
  };
}

const explained = (...list: string[]): [string, string[]][] =>
  explainFindings(list.map(found)).map(({ cause, brings }) => [cause.code, brings.map(({ code }) => code)]);

describe('causes before consequences', () => {
  it.each<[string[], [string, string[]][]]>([
    [
      ['maxwell.stopped', 'maxwell.not-connected', 'queues.unknown', 'vhost.down'],
      [['vhost.down', ['maxwell.stopped', 'maxwell.not-connected', 'queues.unknown']]],
    ],
    [
      ['maxwell.stopped', 'maxwell.position-lost', 'vhost.absent'],
      [
        ['vhost.absent', ['maxwell.stopped']],
        ['maxwell.position-lost', []],
      ],
    ],
    // A user that only publishes has nothing to do with CDC: two faults, not one.
    [
      ['maxwell.stopped', 'vhost.permission-lost'],
      [
        ['vhost.permission-lost', []],
        ['maxwell.stopped', []],
      ],
    ],
    [['maxwell.stopped', 'vhost.permission-lost-cdc'], [['vhost.permission-lost-cdc', ['maxwell.stopped']]]],
    [['maxwell.stopped', 'mysql.unreachable'], [['mysql.unreachable', ['maxwell.stopped']]]],
    // Two components that one daemon keeps from being seen, beside another cause.
    [
      ['vhost.down', 'docker.hung', 'docker.hung'],
      [
        ['vhost.down', []],
        ['docker.hung', ['docker.hung']],
      ],
    ],
    [
      ['queues.dead-letters', 'maxwell.lagging'],
      [
        ['maxwell.lagging', []],
        ['queues.dead-letters', []],
      ],
    ],
  ])('%j', (codesFound, expected) => {
    expect(explained(...codesFound)).toEqual(expected);
  });

  it('names each finding exactly once, several of one code too, and no cause has one of its own', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...codes), { maxLength: 20 }), (list) => {
        const roots = explainFindings(list.map(found));
        const named = roots.flatMap(({ cause, brings }) => [cause, ...brings]);
        expect(named.map(({ code }) => code).sort()).toEqual([...list].sort());
        expect(roots.every(({ cause }) => cause.causedBy.length === 0)).toBe(true);
        expect(roots.flatMap(({ brings }) => brings).every(({ causedBy }) => causedBy.length > 0)).toBe(true);
      }),
    );
  });
});

describe('what is typed next', () => {
  const look = (finding: Finding): Look => ({
    place: finding.place,
    subject: '',
    state: 'broken',
    figure: '',
    figures: {},
    since: null,
    findings: [finding],
    tookMs: 0,
  });
  const next = (code: string, byHand: string | null, command: string) =>
    look({ ...found(code), next: { byHand, command } });
  it('tells recover vhost what recover cdc has to be told', () => {
    const cdc = next('maxwell.position-purged', 'Note the times.', 'esr-ops recover cdc --accept-gap');
    const vhost = next('vhost.down', null, 'esr-ops recover vhost');
    const other = next('esr.stopped', null, 'esr-ops esr restart esr');
    expect(withCdcFlags([cdc, vhost, other]).map(({ findings }) => findings[0]?.next)).toEqual([
      cdc.findings[0]?.next,
      { byHand: 'Note the times.', command: 'esr-ops recover vhost --accept-gap' },
      other.findings[0]?.next,
    ]);
    const plain = [next('maxwell.stopped', null, 'esr-ops recover cdc'), vhost];
    expect(withCdcFlags(plain)).toEqual(plain);
  });
});

describe('implications', () => {
  it('come most urgent first, and there are none where all is well', () => {
    expect(implicationsOf([], [])).toEqual([]);
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...codes)), (list) => {
        const priorities = implicationsOf([], list.map(found)).map(({ priority }) => priority);
        expect(priorities).toEqual([...priorities].sort());
      }),
    );
  });
  it('are deadlines, too', () => {
    const deadline = { priority: 1, text: 'The applicant export is due in 20 minutes.' } as const;
    expect(implicationsOf([], [found('maxwell.lagging')], [deadline])[0]).toEqual(deadline);
  });
  it('do not make a finding out of advice', () => {
    expect(isToActOn(found('queues.dead-letters'))).toBe(false);
    expect(isToActOn(found('vhost.down'))).toBe(true);
  });
});

import type { Finding, Look } from '../../../src/core/finding.ts';
import { at, atMs } from './moment.ts';
import type { Samples } from './samples.ts';

/** Messages of what is read: the status of all, a diagnosis. */
export function lookSamples(name: string) {
  return {
    'status.shown': [
      {
        environment: name,
        at,
        looks: looksOf(name),
        roots: [
          { cause: 'vhost.down', brings: ['maxwell.stopped'] },
          { cause: 'vhost.advice', brings: [] },
        ],
        suffix: ' --env prod',
        tookMs: 640,
      },
    ],
    'diagnosis.shown': [
      {
        diagnosis: {
          environment: name,
          at,
          symptom: {
            from: name,
            lines: 3,
            bytes: 99,
            looksCut: true,
            matches: [
              {
                id: 'amqp-406',
                title: 'AMQP channel closed with 406',
                count: 2,
                first: { line: 1, text: name },
                last: { line: 2, text: name },
                meanings: [{ means: name, look: name, confidence: 'possible', found: [name], said: 0 }],
                cutOff: { missing: name, from: name },
              },
            ],
          },
          roots: [
            {
              cause: { ...findingOf('vhost.down', name), causedBy: [] },
              brings: [{ ...findingOf('maxwell.stopped', name), causedBy: ['vhost.down'] }],
            },
          ],
          advice: [{ ...findingOf('queues.dead-letters', name), severity: 'advice' }],
          well: [name, name],
          notConfigured: [name],
          implications: [{ priority: 1, text: name }],
          suffix: ' --env prod',
          tookMs: 900,
        },
      },
    ],
  } satisfies Partial<Samples>;
}

function findingOf(code: string, name: string): Finding {
  return {
    code,
    place: 'vhost',
    severity: 'broken',
    message: `The vhost ${name} is down.`,
    figure: name,
    since: { ms: atMs - 860_000, how: 'after' },
    evidence: [name, name],
    meaning: name,
    blocks: [name],
    confidence: 'certain',
    next: { byHand: name, command: 'esr-ops recover vhost' },
  };
}

function looksOf(name: string): readonly Look[] {
  const states = ['ok', 'broken', 'degraded', 'unseen', 'advice', 'not-configured'] as const;
  return states.map((state) => ({
    place: 'vhost',
    subject: name,
    state,
    figure: name,
    figures: {},
    since: { ms: atMs - 4_690_000, how: 'since' },
    findings:
      state === 'ok' || state === 'not-configured'
        ? []
        : [{ ...findingOf(state === 'broken' ? 'vhost.down' : `vhost.${state}`, name), severity: state }],
    tookMs: 12,
  }));
}

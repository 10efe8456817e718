import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainFindings } from '../../../src/core/causes.ts';
import type { Finding, Look } from '../../../src/core/finding.ts';
import { implicationsOf } from '../../../src/core/implications.ts';
import { createSymptomMatcher } from '../../../src/core/match-signatures.ts';
import type { Message } from '../../../src/core/messages.ts';
import { readSignatures } from '../../../src/runbook/signatures.ts';
import { layOut } from '../../../src/terminal/lines.ts';
import { createStyle } from '../../../src/terminal/style.ts';
import { renderMessage } from '../../../src/terminal/text.ts';

const at = '2026-03-22T07:40:00.000Z';
const now = Date.parse(at);

function found(code: string, parts: Partial<Finding>): Finding {
  return {
    code,
    place: 'vhost',
    severity: 'broken',
    message: '',
    figure: '',
    since: null,
    evidence: [],
    meaning: '',
    blocks: [],
    confidence: 'certain',
    next: { byHand: null, command: 'esr-ops recover vhost' },
    ...parts,
  };
}

const down = found('vhost.down', {
  message: 'The vhost esr is down.',
  since: { ms: now - 860_000, how: 'after' },
  evidence: [
    "AMQP amqp://mq.example.org:5672: 541 INTERNAL_ERROR - access to vhost 'esr' refused: vhost 'esr' is down",
  ],
  meaning: 'The broker itself works; this vhost does not, and every service in it is refused with 541.',
  blocks: ['every file and message of the ESR interface'],
});
const stopped = found('maxwell.stopped', {
  place: 'maxwell',
  message: 'The process of CDC is stopped.',
  since: { ms: now - 600_000, how: 'since' },
});
const unknown = found('queues.unknown', {
  place: 'queues',
  severity: 'unseen',
  message: 'How many messages and consumers there are is unknown, because the vhost does not run.',
});
const letters = found('queues.dead-letters', {
  place: 'queues',
  severity: 'advice',
  message: '3 dead letters wait in esr.dlq.',
  figure: '3 dead letters',
  next: { byHand: null, command: 'esr-ops dlq park esr.dlq' },
});

function look(place: Look['place'], state: Look['state'], parts: Partial<Look>): Look {
  return { place, subject: place, state, figure: '', figures: {}, since: null, findings: [], tookMs: 12, ...parts };
}

const looks: readonly Look[] = [
  look('mysql', 'ok', {
    subject: 'MariaDB 10.11.6',
    figure: '3 binlog files, 12 MiB, kept 168 h',
    since: { ms: now - 2e8, how: 'since' },
  }),
  look('maxwell', 'broken', { subject: 'Maxwell', figure: 'stopped, 600 s behind', findings: [stopped] }),
  look('broker', 'ok', { subject: 'RabbitMQ 3.10.8', figure: '1 of 1 node running' }),
  look('vhost', 'broken', { subject: 'vhost esr', figure: 'down', since: down.since, findings: [down] }),
  look('queues', 'unseen', { subject: 'queues', figure: 'unknown', findings: [unknown, letters] }),
  look('s3', 'not-configured', { subject: 'S3', figure: 'no s3 section' }),
];
const findings = looks.flatMap((one) => one.findings);
const suffix = ' --env prod';
const roots = explainFindings(findings.filter(({ severity }) => severity !== 'advice'));

const status: Message = {
  code: 'status.shown',
  payload: {
    environment: 'prod',
    at,
    looks,
    roots: explainFindings(findings).map(({ cause, brings }) => ({
      cause: cause.code,
      brings: brings.map(({ code }) => code),
    })),
    suffix,
    tookMs: 640,
  },
};

async function diagnosis(): Promise<Message> {
  const file = join(import.meta.dirname, '../../../runbooks/signatures.yaml');
  const matcher = createSymptomMatcher(readSignatures(file, await readFile(file, 'utf8')));
  matcher.line('Channel shutdown: channel error; protocol method: #method<channel.close>(reply-code=406, reply-te...');
  return {
    code: 'diagnosis.shown',
    payload: {
      diagnosis: {
        environment: 'prod',
        at,
        symptom: matcher.reading('--symptom', 98, ['vhost.down']),
        roots,
        advice: [letters],
        well: ['MariaDB 10.11.6', 'RabbitMQ 3.10.8'],
        notConfigured: ['S3 (no s3 section)'],
        implications: implicationsOf(looks, findings, [
          {
            priority: 1,
            text: 'notification-export runs at 17:30 (in 9 h 50 min) and needs what is broken to be right by then.',
          },
        ]),
        suffix,
        tookMs: 900,
      },
    },
  };
}

describe('the screens of status and diagnose', () => {
  it.each([
    [60, 'C'],
    [100, 'C'],
    [100, 'C.UTF-8'],
  ])('at %i columns, %s, without colour', async (columns, LANG) => {
    const style = createStyle({ stream: { columns }, color: 'never', env: { LANG }, timezone: 'Europe/London' });
    for (const [name, message] of [
      ['status', status],
      ['diagnose', await diagnosis()],
    ] as const) {
      const rows = layOut(renderMessage(message, style), style, (text) => text);
      if (LANG === 'C') expect(rows.join('\n')).not.toMatch(/[•✓✗▲▸—]/);
      // Commands stay in one piece, to be copied; all else keeps within the columns.
      for (const row of rows.filter((text) => !text.trim().startsWith('esr-ops '))) {
        const longest = Math.max(
          ...row
            .trim()
            .split(' ')
            .map((word) => word.length),
        );
        expect(row.length <= columns || longest > columns - 20, row).toBe(true);
      }
      const path = join(import.meta.dirname, `golden/${name}-${columns}-${LANG === 'C' ? 'ascii' : 'unicode'}.txt`);
      const text = `${rows.join('\n')}\n`;
      if (process.env['ESR_OPS_UPDATE_GOLDEN'] === '1') {
        await mkdir(join(path, '..'), { recursive: true });
        await writeFile(path, text);
      } else expect(text).toBe(await readFile(path, 'utf8'));
    }
  });
});

it('status shows each of several findings of one code', () => {
  const advice = ['one', 'two'].map((queue) => ({ ...letters, message: `3 dead letters wait in ${queue}.dlq.` }));
  const style = createStyle({ stream: {}, color: 'never', env: {}, timezone: 'Europe/London' });
  const message: Message = {
    code: 'status.shown',
    payload: {
      environment: 'prod',
      at,
      looks: [look('queues', 'advice', { findings: advice })],
      roots: advice.map(({ code }) => ({ cause: code, brings: [] })),
      suffix,
      tookMs: 1,
    },
  };
  const text = layOut(renderMessage(message, style), style, (said) => said).join('\n');
  for (const queue of ['one', 'two']) expect(text.split(`${queue}.dlq`)).toHaveLength(2);
});

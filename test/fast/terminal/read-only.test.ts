import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/cli/program.ts';
import type { Message, MessageCode } from '../../../src/core/messages.ts';
import { timetable } from '../../../src/core/timetable.ts';
import { layOut } from '../../../src/terminal/lines.ts';
import { createStyle } from '../../../src/terminal/style.ts';
import { renderMessage } from '../../../src/terminal/text.ts';
import { everyMessage } from '../../support/sample-messages.ts';
import { shippedEnvironment } from '../loads/samples.ts';

/**
 * What each command that only reads puts on the screen, word for word, rendered from samples. After a wanted change:
 * `ESR_OPS_UPDATE_GOLDEN=1 npx vitest run test/fast/terminal/read-only.test.ts`, then read the difference.
 */
const screens: Readonly<Record<string, MessageCode>> = {
  status: 'status.shown',
  diagnose: 'diagnosis.shown',
  'maxwell locate': 'maxwell.located',
  'maxwell preview': 'maxwell.previewed',
  'maxwell status': 'maxwell.shown',
  'vhost captures': 'captures.listed',
  'vhost drains': 'drains.listed',
  'vhost messages': 'messages.listed',
  'etl list': 'etl.listed',
  'etl explain': 'etl.explained',
  'etl status': 'etl.status',
  explain: 'component.explained',
  schedule: 'schedule.shown',
  's3 check': 's3.checked',
  'notify status': 'notices.listed',
  reconcile: 'reconcile.ended',
  report: 'report.made',
  'runbook list': 'runbooks.listed',
  'runbook show': 'runbook.shown',
  'runbook lint': 'runbook.linted',
  'runs list': 'runs.listed',
  'runs show': 'run.shown',
  'config show': 'config.shown',
  'config check': 'config.checked',
  'lab status': 'lab.shown',
  rehearse: 'scenarios.listed',
  'rehearse hint': 'rehearsal.hinted',
};

/** Commands without a golden of their own here, and why. */
const reasons: Readonly<Record<string, string>> = {
  'config schema': 'a JSON document, made by the configuration itself',
  'config example': 'prints runbooks/example-config.yaml as it is',
  completion: 'a script, tried in bash by test/scripts/completion.test.ts',
  apply: 'changes something: test/scripts/golden',
  resume: 'changes something: test/scripts/golden',
  'runs ack': 'changes something',
  'runs note': 'changes something',
  'runs purge': 'changes something',
  'notify test': 'sends something',
  'notify flush': 'sends something',
  'lab up': 'changes something',
  'lab down': 'changes something',
  'lab break': 'changes something',
  'lab heal': 'changes something',
  'lab reboot-broker': 'changes something',
  'lab restart-docker': 'changes something',
  'lab cdc': 'changes something, for a configuration',
  'rehearse end': 'changes something',
};

function leavesOf(command: Command, path: string): readonly string[] {
  return command.commands.flatMap((child) => {
    const name = `${path} ${child.name()}`.trim();
    const acts = (child as Command & { _actionHandler?: unknown })._actionHandler != null;
    return [...(acts ? [name] : []), ...leavesOf(child, name)];
  });
}

/** The schedule, load types and components of the shipped example instead of made-up ones. */
function realOnes(): Partial<Record<MessageCode, readonly Message[]>> {
  const environment = shippedEnvironment();
  const atMs = Date.parse('2026-03-22T07:40:00Z');
  const sinceMs = atMs - 12 * 3_600_000;
  const table = timetable(environment, atMs, sinceMs);
  const [loadType] = environment.loadTypes;
  const component = environment.components.find(({ name }) => name === loadType!.component) ?? null;
  return {
    'schedule.shown': [{ code: 'schedule.shown', payload: { environment: 'prod', timetable: table } }],
    'etl.listed': [{ code: 'etl.listed', payload: { loadTypes: environment.loadTypes } }],
    'etl.explained': [
      {
        code: 'etl.explained',
        payload: { loadType: loadType!, component, fedBy: [], atMs, row: table.rows[0] ?? null },
      },
    ],
    'component.explained': [
      { code: 'component.explained', payload: { component: component!, neededBy: ['esr'], runs: [loadType!.name] } },
    ],
  };
}

describe('the screen of', () => {
  const program = createProgram([], {
    version: '1.2.3',
    writeOut: () => undefined,
    writeErr: () => undefined,
    invoke: () => undefined,
  });

  it('each command that only reads is kept here, or it is said why not', () => {
    expect(Object.keys({ ...screens, ...reasons }).sort()).toEqual([...leavesOf(program, '')].sort());
  });

  it.each(Object.entries(screens))('%s', async (command, code) => {
    const messages = realOnes()[code] ?? everyMessage('esr').filter((message) => message.code === code);
    const shown = [
      [80, 'C.UTF-8'],
      [60, 'C'],
    ].map(([columns, LANG]) => {
      const style = createStyle({
        stream: { isTTY: true, columns: Number(columns) },
        color: 'never',
        env: { LANG: String(LANG) },
        timezone: 'Europe/London',
      });
      const rows = messages.flatMap((message) => layOut(renderMessage(message, style), style, (text) => text));
      return [`--- ${columns} columns, ${LANG}`, ...rows].join('\n');
    });
    const path = join(import.meta.dirname, 'golden', `${command.replaceAll(' ', '-')}.txt`);
    const text = `${shown.join('\n')}\n`;
    if (process.env['ESR_OPS_UPDATE_GOLDEN'] === '1') {
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, text);
    } else expect(text).toBe(await readFile(path, 'utf8'));
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { catalogue } from '../../src/catalogue.ts';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import { helpTopics } from '../../src/cli/help-topics.ts';
import { createProgram } from '../../src/cli/program.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { Runbook } from '../../src/core/runbook.ts';
import { loadFolder } from '../../src/runbook/folder.ts';
import { loadRunbook } from '../../src/runbook/load.ts';
import { blocksOf, readmeText, shellLines, wordsOf } from '../support/readme.ts';

/**
 * Everything in the README that can be typed or pasted: each command is one of the program's, with flags that it
 * takes, and each piece of configuration is understood. test/scripts/readme.test.ts runs the commands on a lab;
 * the grants for both accounts are tried by test/maxwell-commands and test/hostile/least-privilege.
 */
const root = join(import.meta.dirname, '../..');
let readme: string;
let runbooks: readonly Runbook[];
let program: Command;

beforeAll(async () => {
  readme = await readmeText();
  runbooks = await loadFolder(join(root, 'runbooks'), catalogue);
  program = createProgram(runbooks, {
    version: '1.2.3',
    writeOut: () => undefined,
    writeErr: () => undefined,
    invoke: () => undefined,
  });
});

const blocks = (language: string): readonly string[] => blocksOf(readme, language);

function commandAt(words: readonly string[]): Command {
  let at = program;
  for (const word of words) at = at.commands.find((child) => child.name() === word) ?? at;
  return at;
}

/** Whether no word is left that should have been a command below. */
function isWhole(command: Command, words: readonly string[]): boolean {
  const next = words[words.lastIndexOf(command.name()) + 1];
  return command.commands.length === 0 || next === undefined || next.startsWith('-') || command.name() === 'rehearse';
}

describe('the README', () => {
  it('has only commands that the program has, with flags and words that they take', async () => {
    const lines = shellLines(readme);
    expect(lines.length).toBeGreaterThan(50);
    const { scenarios } = parse(await readFile(join(root, 'runbooks/scenarios.yaml'), 'utf8')) as {
      scenarios: readonly { name: string }[];
    };
    const scripts = (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts;
    for (const line of lines) {
      const [name, ...argv] = wordsOf(line);
      if (name === 'npm') {
        for (const [, script = ''] of line.matchAll(/npm (?:run )?(\w[\w:]*)/g))
          expect(['ci', ...Object.keys(scripts)], line).toContain(script);
        continue;
      }
      if (name === 'rabbitmqctl') continue;
      expect(name, line).toBe('esr-ops');
      const parsed = parseCommandLine(argv, runbooks, { version: '1.2.3', writeOut: () => undefined });
      expect(parsed.is, line).toBe('command');
      if (parsed.is === 'command' && parsed.line.invocation.is === 'rehearse') {
        const { scenario } = parsed.line.invocation;
        if (scenario !== null)
          expect(
            scenarios.map((one) => one.name),
            line,
          ).toContain(scenario);
      }
    }
  });

  it('names only commands that there are in its table, its transcripts and its sentences', () => {
    const prose = readme.replace(/^( *)```[^]*?^ *```$/gm, '');
    const typed = [
      ...[...prose.matchAll(/`esr-ops ([^`…]+?)`/g)].map((match) => match[1] ?? ''),
      ...blocks('text').flatMap((block) =>
        [...block.matchAll(/^\$ esr-ops ([^…\n]+)/gm)].map((match) => match[1] ?? ''),
      ),
    ];
    expect(typed.length).toBeGreaterThan(8);
    for (const text of typed) {
      const words = wordsOf(text);
      if (words[0] === 'help' && words[1] !== undefined) {
        if (words[1] !== 'TOPIC')
          expect(
            helpTopics.map(({ name }) => name),
            text,
          ).toContain(words[1]);
        continue;
      }
      const command = commandAt(words);
      expect(command, text).not.toBe(program);
      // The one that the README itself makes is tried below.
      if (text !== 'vhost keep') expect(isWhole(command, words), text).toBe(true);
      for (const flag of words.filter((word) => word.startsWith('--')))
        expect(
          [...command.options, ...program.options].map(({ long }) => long),
          text,
        ).toContain(flag);
    }
    const rows = [...prose.matchAll(/^\| (`.*?`) +\| (?!.*ratio)/gm)].map((match) => match[1] ?? '');
    const table = rows.filter(
      (row) => !row.includes('--version') && !row.includes('all up') && !row.includes('100 MB'),
    );
    expect(table.length).toBeGreaterThan(15);
    for (const [, group = ''] of table.join('\n').matchAll(/`([^`]+)`/g)) {
      if (group.startsWith('help ')) continue;
      const [first = '', ...others] = group.split(' · ');
      // `vhost capture · restart`: the first word holds for all of them.
      const area = first.split(' ').slice(0, -1).join(' ');
      for (const text of [first, ...others.map((other) => `${area} ${other}`)]) {
        const words = text.replaceAll(/[[\]…]/g, '').split(' ');
        const command = commandAt(words);
        expect(command, text).not.toBe(program);
        expect(command.commands.length === 0 || command.name() === words[0] || words.length > 1, text).toBe(true);
        for (const flag of words.filter((word) => word.startsWith('--')))
          expect(
            command.options.map(({ long }) => long),
            text,
          ).toContain(flag);
      }
    }
  });

  it('shows every command in its table that the program has', () => {
    const [, table = ''] = /## Commands\n([^]*?)\n## /.exec(readme) ?? [];
    const leaves = (command: Command, path: readonly string[]): readonly (readonly string[])[] =>
      command.commands.flatMap((child) => {
        const here = [...path, child.name()];
        return child.commands.length === 0 ? [here] : leaves(child, here);
      });
    // For a lab's own configuration, or the same in other words.
    const left = ['lab cdc', 'lab reboot-broker', 'lab restart-docker'];
    for (const words of leaves(program, []).filter((path) => !left.includes(path.join(' '))))
      for (const word of words) expect(table, words.join(' ')).toMatch(new RegExp(`\\b${word}\\b`));
  });

  it('has a runbook that can be loaded', () => {
    const [text = ''] = blocks('markdown');
    expect(loadRunbook('vhost-keep.md', text, catalogue)).toMatchObject({ command: 'vhost keep' });
  });

  it('has only configuration that is understood', () => {
    const pieces = blocks('yaml');
    expect(pieces.length).toBeGreaterThan(5);
    const whole = pieces.find((block) => block.startsWith('version:')) ?? '';
    const base = parse(whole) as { environments: { prod: Record<string, unknown> } };
    for (const block of pieces) {
      const given = parse(block) as Record<string, unknown>;
      const file =
        'version' in given ? given : { version: 1, environments: { prod: merged(base.environments.prod, given) } };
      parseConfig(stringify(file), 'README.md');
    }
  });
});

/** A piece that shows a part of a section stands in the whole section of the other blocks. */
function merged(base: Record<string, unknown>, piece: Record<string, unknown>): Record<string, unknown> {
  const full = Object.assign({}, ...blocks('yaml').map((block) => parse(block) as object)) as Record<string, unknown>;
  const cdc = blocks('yaml').map((block) => (parse(block) as { cdc?: unknown }).cdc);
  const section = (name: string, value: unknown): unknown =>
    name === 'cdc' ? { ...(cdc.find((one) => one !== undefined) as object), ...(value as object) } : value;
  const also = Object.fromEntries(['hosts', 's3'].map((name) => [name, full[name]]));
  return {
    ...base,
    ...also,
    ...Object.fromEntries(Object.entries(piece).map(([name, value]) => [name, section(name, value)])),
  };
}

import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/core/messages.ts';
import { createJsonHost } from '../../../src/terminal/json-host.ts';
import { layOut } from '../../../src/terminal/lines.ts';
import { createStyle, type Style } from '../../../src/terminal/style.ts';
import { renderMessage } from '../../../src/terminal/text.ts';
import { columnsOf } from '../../../src/terminal/wrap.ts';
import { everyMessage, sampleMessages } from '../../support/sample-messages.ts';

/** A terminal; no test looks at what a colour is, only that nothing but colours is there. */
function styleOf(columns: number, LANG: string, color = false): Style {
  return createStyle({
    stream: { isTTY: true, columns },
    color: color ? 'auto' : 'never',
    env: { LANG },
    timezone: 'Europe/London',
  });
}

function rowsOf(message: Message, style: Style): readonly string[] {
  return layOut(renderMessage(message, style), style, (text) => text);
}

/** Documents are saved or pasted, so that their lines are theirs: Markdown, CSV, JSON, a paper checklist. */
const documents = ['report.made', 'csv.line', 'message.exported', 's3.files', 'config.shown', 'config.schema'];

function isDocument({ code, payload }: Message): boolean {
  return documents.includes(code) || (code === 'runbook.shown' && payload.as === 'checklist');
}

/** What may be wider than the terminal: a command to copy, a flag to add to one, one word. */
function mayBeWide(row: string): boolean {
  const text = row.trim();
  return !text.includes(' ') || /^(?:\$ )?(?:esr-ops|--confirm|--baseline) /.test(text);
}

const usual = [
  ['a short name', 'esr'],
  ['a usual name', 'esr.queue.position.reconciled'],
  ['a sentence', 'a name with spaces, as somebody may give one to a container or to a file of theirs'],
  ['other scripts', 'Zürich 队列 “quoted” — £3'],
  ['300 letters', 'x'.repeat(300)],
] as const;

describe('a screen of each message', () => {
  it('has a sample: a new code needs one in test/support/samples', async () => {
    const codesIn = async (file: string): Promise<readonly (string | undefined)[]> => {
      const source = await readFile(new URL(`../../../src/core/${file}`, import.meta.url), 'utf8');
      const [body = ''] = /export interface \w*Messages (?:extends \w+ )?\{[^]*?\n\}/.exec(source) ?? [];
      return [...body.matchAll(/^ {2}'?([a-z][\w.-]*)'?: /gm)].map((match) => match[1]);
    };
    const codes = [...(await codesIn('messages.ts')), ...(await codesIn('messages-rehearsal.ts'))];
    expect(codes.length).toBeGreaterThan(60);
    expect(Object.keys(sampleMessages('esr')).sort()).toEqual([...codes].sort());
    for (const payloads of Object.values(sampleMessages('esr'))) expect(payloads.length).toBeGreaterThan(0);
  });

  it.each(usual)('keeps within every width, with %s in it', (_, name) => {
    for (const message of everyMessage(name).filter((one) => !isDocument(one)))
      for (const columns of [60, 72, 80, 100, 120, 200])
        for (const row of rowsOf(message, styleOf(columns, 'C.UTF-8'))) {
          expect(row, message.code).toBe(row.trimEnd());
          expect(columnsOf(row) <= Math.min(columns, 100) || mayBeWide(row), `${message.code}: ${row}`).toBe(true);
        }
  });

  it.each(usual)('is ASCII where the locale is, with %s in it', (_, name) => {
    for (const message of everyMessage(name))
      for (const columns of [60, 80, 200])
        for (const row of rowsOf(message, styleOf(columns, 'C'))) expect(row, message.code).toMatch(/^[ -~]*$/);
  });

  it('says the same with and without colour, and uses no colour that a background swallows', () => {
    for (const message of everyMessage('esr')) {
      const colored = rowsOf(message, styleOf(80, 'C.UTF-8', true));
      const codes = colored.flatMap((row) => [...row.matchAll(/\u{1b}\[(\d+)m/gu)].map((match) => match[1]));
      // Bold, faint, red, green, magenta; not black, yellow, blue, cyan, white, nor any bright one.
      expect([...new Set(codes)].filter((code) => !/^(?:1|2|22|31|32|35|39)$/.test(code ?? ''))).toEqual([]);
      const bare = colored.map((row) => row.replace(/\u{1b}\[\d+m/gu, '').trimEnd());
      expect(bare).toEqual(rowsOf(message, styleOf(80, 'C.UTF-8')));
    }
  });
});

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u;

/** A name that somebody gave to a thing on a server to mislead whoever reads it. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u{1b}[2J',
        '\u{1b}]0;x\u{7}',
        '\u{1b}]8;;http://x\u{1b}\\',
        '\u{9b}1A',
        '\u{202e}',
        '\u{2066}',
        '\u{200b}',
        '\u{0}',
        '\u{7f}',
        '\u{2028}',
        '\u{d800}',
        '\n✓ All is well.\n',
        '\r+ All is well.',
        '\r\n  next:\n    esr-ops vhost recreate',
        '-',
        "'; rm -rf ~; '",
        '$(id)',
        ' ',
        'x'.repeat(400),
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join(''));

describe('hostile names on every screen', () => {
  it('reach no terminal as they are, forge no line, and break no width', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(60, 80, 200), fc.constantFrom('C', 'C.UTF-8'), (name, columns, LANG) => {
        const style = styleOf(columns, LANG, true);
        for (const message of everyMessage(name))
          for (const row of rowsOf(message, style)) {
            // Only the colours that the tool itself put there are left.
            const bare = row.replace(/\u{1b}\[(?:1|2|22|31|32|35|39)m/gu, '');
            expect(bare, message.code).not.toMatch(invisible);
            if (LANG === 'C') expect(bare, message.code).toMatch(/^[ -~]*$/);
            if (isDocument(message)) continue;
            const fits = columnsOf(bare) <= Math.min(columns, 100) || mayBeWide(bare);
            expect(fits, `${message.code}: ${bare}`).toBe(true);
          }
      }),
      { numRuns: 12 },
    );
  });

  it.each(['\n', '\r\n', '\r', '\u{2028}', '\u{85}', '\v'])('a name with %j makes no line of its own', (end) => {
    const forged = `esr${end}FORGED`;
    for (const message of everyMessage(forged))
      for (const row of rowsOf(message, styleOf(200, 'C.UTF-8'))) expect(row, message.code).not.toMatch(/^\W*FORGED/);
  });

  it('are JSON on one line, in each message, and parse to what was said', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const written: string[] = [];
        const outlet = {
          write: (text: string) => void written.push(text),
          broken: false,
          flush: () => Promise.resolve(),
        };
        const host = createJsonHost({
          out: outlet,
          err: outlet,
          clock: { now: () => 0, sleep: () => Promise.resolve() },
          redact: (text) => text,
          version: '1.2.3',
        });
        const messages = everyMessage(name);
        for (const message of messages) host.result(message);
        expect(written).toHaveLength(messages.length + 1);
        for (const [at, text] of written.slice(1).entries()) {
          expect(text.endsWith('\n')).toBe(true);
          expect(text.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          expect((JSON.parse(text) as { code: string }).code).toBe(messages[at]?.code);
        }
      }),
      { numRuns: 8 },
    );
  });
});

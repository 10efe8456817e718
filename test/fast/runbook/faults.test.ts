import { expect, test } from 'vitest';
import { formatExcerpt } from '../../../src/core/excerpt.ts';
import { problemsOf, sample, sampleWith } from './sample.ts';

/** A limit of a wait, and what makes it pointless. */
const inVain = (over: object): string =>
  ['atMost: 10m', 'unless:']
    .concat(
      Object.entries({ that: "vhost.state == 'down'", for: '15s', otherwise: 'gone', next: 'esr-ops x', ...over }).map(
        ([key, value]) => `  ${key}: ${value}`,
      ),
    )
    .join('\n    ');

/** Passage of the sample, what stands there instead with the faulty part between « and », code, part of the message. */
const cases: readonly (readonly [passage: string, instead: string, code: string, message: string])[] = [
  // Conditions: names
  ["vhost.state == 'down'", "«vhost.stat» == 'down'", 'unknown-name', 'Did you mean `vhost.state`?'],
  ["vhost.state == 'down'", "1 < 2 && «vhots.state» == 'down'", 'unknown-name', 'Did you mean `vhost.state`?'],
  ['that: broker.reachable', 'that: «broker.reachabel»', 'unknown-name', 'Did you mean `broker.reachable`?'],
  ['|| inputs.force-recreate', '|| «inputs.forceRecreate»', 'unknown-name', 'Did you mean `inputs.force-recreate`?'],
  ['baseline.consumers\n', '«baseline.consumer»\n', 'unknown-name', 'Did you mean `baseline.consumers`?'],
  ["vhost.state == 'down'", "«vhost» == 'down'", 'unknown-name', 'is not a value by itself'],
  ['steps.take-capture.complete', '«steps.take-capture.complet»', 'unknown-name', 'Did you mean'],
  ['steps.take-capture.complete', '«steps.restart.done»', 'unknown-name', 'has no outputs'],
  ['steps.take-capture.complete', '«steps.capture.complete»', 'unknown-name', 'There is no step `capture`'],
  ['steps.take-capture.complete', '«steps.recreate.x»', 'unknown-name', 'only earlier steps'],
  ["vhost.state == 'down'", '«steps.look.saw»', 'unknown-name', 'only earlier steps'],
  ['that: broker.reachable', 'that: «steps.take-capture.complete»', 'unknown-name', 'only earlier steps'],
  ['vhost.consumers > 0', '«vhost.consumers-1» > 0', 'unknown-name', 'do not calculate'],
  // Conditions: types
  ["vhost.state == 'down'", "vhost.state == «'dwon'»", 'type', 'Did you mean `down`?'],
  ["vhost.state == 'down'", "«'dead'» != vhost.state", 'type', 'is never'],
  ["vhost.state == 'down'", '«vhost.state == 3»', 'type', 'compares string with int'],
  ["vhost.state == 'down'", '«vhost.state»', 'type', 'must be true or false'],
  ["vhost.state == 'down'", '!«vhost.consumers»', 'type', 'of type int'],
  ["vhost.state == 'down'", 'env.protected && «vhost.consumers»', 'type', 'of type int'],
  ["vhost.state == 'down'", "«broker.version < '3.11'»", 'type', 'Texts have no order'],
  ["vhost.state == 'down'", '«env.protected > false»', 'type', 'have no order'],
  ["vhost.state == 'down'", "«inputs.accept-missing» == 'a'", 'type', 'a list of texts'],
  // Conditions: what is not allowed
  ["vhost.state == 'down'", "«vhost.state.startsWith('d')»", 'condition', 'call nothing (`startsWith(...)`)'],
  ["vhost.state == 'down'", '«has(vhost.state)»', 'condition', 'call nothing'],
  ["vhost.state == 'down'", '«vhost.consumers + 1» > 2', 'condition', 'do not calculate (`+`)'],
  ["vhost.state == 'down'", '«vhost.consumers - 1» > 2', 'condition', 'do not calculate (`-`)'],
  ["vhost.state == 'down'", '«-vhost.consumers» > 2', 'condition', 'minus'],
  ["vhost.state == 'down'", "«vhost['state']» == 'down'", 'condition', 'Indexing'],
  ["vhost.state == 'down'", "«vhost.state in ['down']»", 'condition', '`in`'],
  ["vhost.state == 'down'", '«env.protected ? true : false»', 'condition', 'use `&&`'],
  ["vhost.state == 'down'", 'vhost.consumers == «null»', 'condition', 'null'],
  ["vhost.state == 'down'", 'vhost.consumers > «1.5»', 'condition', 'whole numbers'],
  ["vhost.state == 'down'", 'vhost.consumers > «9007199254740993»', 'condition', 'whole numbers'],
  ["vhost.state == 'down'", '«[1]» == [1]', 'condition', 'Lists'],
  ["vhost.state == 'down'", "vhost.state «=» 'down'", 'condition', 'write `==`'],
  ["vhost.state == 'down'", "vhost.state == «'down»", 'condition', 'nterminated string'],
  // Shape
  ['command: recover vhost', 'command: «Recover Vhost»', 'value', 'lower-case words'],
  ['command: recover vhost', 'command: «12»', 'value', 'must be text, not the number 12'],
  ['summary: Bring', '«sumary»: Bring', 'unknown-key', 'Did you mean `summary`?'],
  ['command: recover vhost\n', '«»', 'missing', '`command` is missing'],
  ['look, manual: "What does', 'look, «manaul»: "What does', 'step', 'Did you mean `manual`?'],
  ['look, manual:', 'look, do: vhost.restart, «manual»:', 'step', 'it has `do` and `manual`'],
  ['risk: routine', '«rsik»: routine', 'unknown-key', 'Did you mean `risk`?'],
  ['risk: routine', 'risk: «rutine»', 'value', 'Did you mean `routine`?'],
  ['unmet: unverified', 'unmet: «unverifed»', 'value', 'Did you mean `unverified`?'],
  ['exit: unreachable', 'exit: «done»', 'value', 'must be one of'],
  ['does: shows', '«dose»: shows', 'unknown-key', 'Did you mean `does`?'],
  [
    'run: esr-ops recover vhost --dry-run',
    'run: «esr-ops vhost recover»',
    'example',
    'begins with `esr-ops recover vhost`',
  ],
  ['id: restart', 'id: «re_start»', 'value', 'joined by hyphens'],
  ['id: restart', 'id: «take-capture»', 'duplicate-id', 'used twice'],
  ['id: restart', 'id: «broker-reachable»', 'duplicate-id', 'used twice'],
  ['every: 5s', 'every: «5 s»', 'duration', 'not a duration'],
  ['every: 5s', 'every: «11m»', 'duration', 'longer than `atMost`'],
  ['atMost: 10m', 'atMost: «0m»', 'duration', 'not a duration'],
  ['atMost: 10m', inVain({ that: "«vhost.stat» == 'down'" }), 'unknown-name', 'Did you mean `vhost.state`?'],
  ['atMost: 10m', inVain({ for: '«never»' }), 'duration', 'not a duration'],
  ['atMost: 10m', inVain({ next: '«look»' }), 'next', 'begins with'],
  ['that: broker.reachable', 'that: «true»', 'value', 'put it in quotes'],
  // Inputs
  ['attempts: { type: int', 'attempts: { type: «integer»', 'value', 'must be one of'],
  ['since: { type: instant', '«Since»: { type: instant', 'input', 'lower-case words'],
  ['default: 3', 'default: «three»', 'input', 'whole number'],
  ['default: 3', 'default: «"${env.rabbitmq.vhost}"»', 'input', 'of type string'],
  ['default: 3', 'default: «3», required: true', 'input', 'never be used'],
  ['{ type: flag,', '{ type: flag, required: «true»,', 'input', "can't be required"],
  ['default: "${env.rabbitmq.vhost}"', 'default: "${«env.rabbitmq.vhots»}"', 'unknown-name', 'Did you mean'],
  ['default: "${env.rabbitmq.vhost}"', 'default: "«${inputs.baseline}»"', 'reference', "can't be used here"],
  ['  since:', '  «extra»: { type: string, help: nothing }\n  since:', 'unused-input', 'used nowhere'],
  // References and arguments
  ['"vhost:${inputs.vhost}"', '"vhost:${«inputs.vhst»}"', 'unknown-name', 'Did you mean `inputs.vhost`?'],
  ['"vhost:${inputs.vhost}"', '"vhost:«${steps.take-capture.id}»"', 'reference', "can't be used here"],
  ['"vhost:${inputs.vhost}"', '"vhost:«${inputs.baseline}»"', 'reference', 'may be left out'],
  ['"vhost:${inputs.vhost}"', '"\\"vhost\\":«${»inputs.vhost"', 'reference', 'closing brace'],
  ['"for ${inputs.vhost}, try', '"for «${vhost.state}», try', 'reference', "can't be used here"],
  ['"for ${inputs.vhost}, try', '"for «${steps.take-capture.id}», try', 'reference', 'must stand alone'],
  ['"for ${inputs.vhost}, try', '"for «${inputs.accept-missing}», try', 'reference', 'a list'],
  ['"${steps.take-capture.id}"', '"${«steps.take-capture.ids»}"', 'unknown-name', 'Did you mean'],
  ['"${steps.take-capture.id}"', '«cap-1»', 'argument', 'an output of an earlier step'],
  ['"${steps.take-capture.id}"', '«"${inputs.baseline}"»', 'argument', 'an output of an earlier step'],
  ['force: true', 'force: «"true"»', 'argument', 'true or false'],
  ['force: true', 'force: «"${inputs.attempts}"»', 'argument', 'of type int'],
  ['force: true', '«forced»: true', 'argument', 'Did you mean `force`?'],
  [
    'with: { vhost: "${inputs.vhost}", attempts:',
    'with: { vhost: «"${inputs.baseline}"», attempts:',
    'argument',
    'may be left out',
  ],
  [
    'with: { vhost: "${inputs.vhost}", attempts:',
    'with: { vhost: «"${inputs.since}"», attempts:',
    'argument',
    'of type int',
  ],
  [
    'do: vhost.restart, with: { vhost: "${inputs.vhost}", ',
    '«do»: vhost.restart, with: { ',
    'argument',
    'needs the argument `vhost`',
  ],
  ['do: vhost.restart', 'do: «vhost.restrat»', 'unknown-action', 'Did you mean `vhost.restart`?'],
  // Prose
  ['## restart: Start', '## «restrat»: Start', 'heading', 'Did you mean `restart`?'],
  ['## compared – Compare\n\nCount consumers.', '## «compared» – Compare\n', 'heading', 'Nothing is written'],
  ['## compared', '## «look»\n\nAgain.\n\n## compared', 'heading', 'there twice'],
  ['## take-capture —', '## «notes»\n\nText.\n\n## take-capture —', 'heading', 'not the id of a step'],
  // YAML
  ['summary: Bring back a vhost that is down', 'summary: a\n«summary: b»', 'yaml', 'unique'],
  ['summary: Bring back a vhost that is down', 'summary: &a «b»', 'yaml-alias', 'Anchors'],
  ['summary: Bring back a vhost that is down', 'summary: !!str «b»', 'yaml', 'tags'],
];

test.each(cases)('%s → %s: %s', (passage, instead, code, message) => {
  const marked = sampleWith(passage, instead);
  const start = marked.indexOf('«');
  const end = marked.indexOf('»') - 1;
  const text = marked.replace('«', '').replace('»', '');
  const lines = text.slice(0, start).split('\n');
  const where = `sample.md:${lines.length}:${lines.at(-1)!.length + 1}`;
  const found = problemsOf(text);
  expect(found.map((problem) => `${problem.where ?? ''} ${problem.code}`)).toContain(`${where} runbook.${code}`);
  const problem = found.find((one) => one.where === where && one.code === `runbook.${code}`)!;
  expect(problem.message).toContain(message);
  expect(problem.exit).toBe('usage');
  const { line, caret, length } = problem.details as { line: string; caret: number; length: number };
  expect(line).toBe(text.split('\n')[lines.length - 1]);
  // Anchors and YAML's own errors are pointed at by their beginning only.
  if (end > start && !code.startsWith('yaml')) expect(line.slice(caret, caret + length)).toBe(text.slice(start, end));
});

test('the sample has no faults', () => {
  expect(problemsOf(sample)).toEqual([]);
});

test('a step without heading is reported at its id, and its misspelt heading is suggested', () => {
  const text = sampleWith('## restart: Start', '## restrat: Start');
  const problem = problemsOf(text).find(({ message }) => message.startsWith('The step `restart`'))!;
  expect(problem.where).toBe('sample.md:24:11');
  expect(problem.message).toContain('Did you mean `restrat`?');
});

test('sections must come in the order of the steps', () => {
  const moved = sample.replace(/## restart:[^#]*/u, '').concat('\n## restart: Start it again\n\nText.\n');
  expect(problemsOf(moved).map(({ message }) => message)).toEqual([
    'The heading `## recreate` is out of order: the steps have `restart` here.',
  ]);
});

test('all faults of a file are reported together, in the order of the text, once each', () => {
  const text = sample
    .replace('summary:', 'sumary:')
    .replace("vhost.state == 'down'", "vhost.stat == 'down'")
    .replace('every: 5s', 'every: never')
    .replace('## look', '## lok');
  expect(problemsOf(text).map(({ code, where }) => `${code} ${where ?? ''}`)).toEqual([
    'runbook.missing sample.md:2:1',
    'runbook.unknown-key sample.md:3:1',
    'runbook.unknown-name sample.md:24:114',
    'runbook.heading sample.md:34:11',
    'runbook.duration sample.md:40:12',
    'runbook.heading sample.md:69:4',
  ]);
  expect(problemsOf(text).at(-1)?.next?.[0]).toContain('sample.md');
});

test('an unknown action or a faulty input is reported once, not again wherever it is used', () => {
  expect(problemsOf(sampleWith('do: vhost.capture', 'do: vhost.captrue'))).toHaveLength(1);
  expect(problemsOf(sampleWith('attempts: { type: int', 'attempts: { type: integer'))).toHaveLength(1);
});

test('positions hold behind escapes, quotes within quotes, folded lines and CRLF', () => {
  const escaped = sampleWith(`when: "vhost.state == 'down'"`, 'when: "\\"a\\" == \\x22a\\" && vhost.stat == \'a\'"');
  const doubled = sampleWith(`when: "vhost.state == 'down'"`, "when: '''a'' == ''a'' && vhost.stat == ''a'''");
  const column = (text: string, word: string): string => `sample.md:24:${text.split('\n')[23]!.indexOf(word) + 1}`;
  expect(problemsOf(escaped)[0]?.where).toBe(column(escaped, 'vhost.stat '));
  expect(problemsOf(doubled)[0]?.where).toBe(column(doubled, 'vhost.stat '));
  const folded = sampleWith('baseline.consumers\n', 'baseline.consumer\n');
  expect(problemsOf(folded)[0]?.where).toBe('sample.md:39:7');
  expect(problemsOf(folded.replaceAll('\n', '\r\n'))[0]).toMatchObject({
    where: 'sample.md:39:7',
    details: { line: '      baseline.consumer' },
  });
  expect(problemsOf(sample.replaceAll('\n', '\r\n'))).toEqual([]);
});

test('what is no runbook at all says so', () => {
  expect(problemsOf('')[0]?.message).toContain('begins with a line `---`');
  expect(problemsOf('# Title')[0]?.where).toBe('sample.md:1:1');
  expect(problemsOf('---\ncommand: a\n')[0]?.message).toContain('not closed');
  expect(problemsOf('---\n- a\n---\n')[0]?.message).toContain('must be a mapping');
  expect(problemsOf('---\n---\n')[0]?.message).toContain('must be a mapping');
});

test('an excerpt has its carets under the fault', () => {
  const [problem] = problemsOf(sampleWith("vhost.state == 'down'", "vhost.stat == 'down'"));
  const [line, carets] = formatExcerpt(problem?.details, 60);
  expect(line!.slice(carets!.indexOf('^'), carets!.lastIndexOf('^') + 1)).toBe('vhost.stat');
  expect(line).toHaveLength(66);
  expect(formatExcerpt({ line: 'a\tb\u001b[31m\u202ec', caret: 2, length: 1 })).toEqual(['a b?[31m?c', '  ^']);
  expect(formatExcerpt(undefined)).toEqual([]);
  expect(formatExcerpt({ line: 'abc' })).toEqual([]);
});

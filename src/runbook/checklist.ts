import type { ConditionAst, InVain, Runbook, RunbookStep } from '../core/runbook.ts';

const line = '______________________________';

/**
 * A runbook as Markdown to print and use by hand when the tool can't be: steps with boxes, what each can hurt,
 * when it applies in words, how to do it, and room for time and initials.
 */
export function checklist(runbook: Runbook): string {
  const parts = [
    `# ${runbook.summary}`,
    `Paper checklist of \`esr-ops ${runbook.command}\` / ${runbook.file} / ${runbook.digest.slice(0, 12)}`,
    `Begun (date, time, zone): ${line}   By: ${line}`,
    ...(runbook.intro === '' ? [] : [runbook.intro]),
    ...given(runbook),
    ...beforehand(runbook),
    '## Steps',
    'Do them from top to bottom. Write the time and your initials at each, also when it did not apply.',
    ...runbook.steps.flatMap((step, index) => stepParts(step, index + 1)),
    '## At the end',
    `- [ ] What could not be proved: ${line}\n- [ ] Who was told: ${line}\n- [ ] Ended (time): ${line}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function given({ inputs }: Runbook): readonly string[] {
  if (inputs.length === 0) return [];
  const lines = inputs.map((input) => {
    const usual = input.default === null ? '' : ` (usually ${usually(String(input.default))})`;
    return `- ${input.name}: ${input.help}${input.required ? ', needed' : ''}${usual}: ${line}`;
  });
  return ['## Write down first', lines.join('\n')];
}

/** A default that stands in the configuration has no value on paper: where to look it up is said instead. */
function usually(given: string): string {
  const fact = /^\$\{env\.([\w-]+)\}$/.exec(given)?.[1];
  return fact === undefined ? given : `the configuration's ${fact}: look it up`;
}

function beforehand({ needed, before }: Runbook): readonly string[] {
  const need =
    needed === null ? [] : [`- [ ] There is work to do: ${inWords(needed.when.ast)}. If not: ${needed.otherwise}`];
  const checks = before.map(({ that, otherwise }) => `- [ ] ${inWords(that.ast)}. If not, stop: ${otherwise}`);
  const lines = [...need, ...checks];
  return lines.length === 0 ? [] : ['## Before anything else', lines.join('\n')];
}

function stepParts(step: RunbookStep, number: number): readonly string[] {
  const title = step.title === step.id ? step.id : `${step.title} (${step.id})`;
  return [
    `### [ ] ${number}. ${title}`,
    factsOf(step)
      .map((fact) => `- ${fact}`)
      .join('\n'),
    step.prose,
    `Done [ ]   Did not apply [ ]   Time: ______________   Initials: ________   Seen: ${line}`,
  ];
}

function factsOf(step: RunbookStep): readonly string[] {
  const when = step.when === null ? [] : [`Only if ${inWords(step.when.ast)}.`];
  switch (step.kind) {
    case 'do':
      return [...when, risks[step.risk]];
    case 'manual':
      return [...when, risks[step.risk], `Write down: ${step.ask}`];
    case 'wait':
      return [
        ...when,
        `Wait until ${inWords(step.that.ast)}: look every ${duration(step.everyMs)}, for at most ${duration(step.atMostMs)}.`,
        unmetText(step),
        ...(step.unless === undefined ? [] : [inVainText(step.unless)]),
      ];
    case 'check':
      return [...when, `Check that ${inWords(step.that.ast)}.`, unmetText(step)];
    default:
      return step satisfies never;
  }
}

const risks = {
  routine: 'Risk: routine.',
  disruptive: '**Risk: DISRUPTIVE: others are interrupted. Say so in the call before you do it.**',
  destructive: '**Risk: DESTRUCTIVE: cannot be undone. Have a second person read the target aloud before you do it.**',
} as const;

function unmetText({ unmet, otherwise }: Extract<RunbookStep, { kind: 'wait' | 'check' }>): string {
  return `If it does not come true: ${otherwise} ${unmet === 'stop' ? 'Stop here.' : 'Go on, and note it as not verified.'}`;
}

function inVainText({ that, forMs, otherwise, next }: InVain): string {
  return `Wait no longer once ${inWords(that.ast)} for ${duration(forMs)}: ${otherwise} Next: \`${next}\`.`;
}

const comparisons = {
  '==': 'is',
  '!=': 'is not',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is more than',
  '>=': 'is at least',
} as const;

/** A condition as a person says it: `vhost.state is not 'running' and vhost.consumers is at least 3`. */
export function inWords(ast: ConditionAst): string {
  switch (ast.op) {
    case 'ref':
      return ast.type === 'bool' ? `${ast.name} is true` : ast.name;
    case 'literal':
      return typeof ast.value === 'string' ? `'${ast.value}'` : String(ast.value);
    case 'not':
      return ast.of.op === 'ref' ? `${ast.of.name} is false` : `it is not so that ${grouped(ast.of)}`;
    case 'compare':
      return `${operand(ast.left)} ${comparisons[ast.is]} ${operand(ast.right)}`;
    case 'and':
    case 'or':
      return `${sided(ast.left, ast.op)} ${ast.op} ${sided(ast.right, ast.op)}`;
    default:
      return ast satisfies never;
  }
}

function operand(ast: ConditionAst): string {
  return ast.op === 'ref' ? ast.name : ast.op === 'literal' ? inWords(ast) : `(${inWords(ast)})`;
}

function sided(ast: ConditionAst, op: 'and' | 'or'): string {
  const mixed = (ast.op === 'and' || ast.op === 'or') && ast.op !== op;
  return mixed || (ast.op === 'not' && ast.of.op !== 'ref') ? `(${inWords(ast)})` : inWords(ast);
}

function grouped(ast: ConditionAst): string {
  return ast.op === 'and' || ast.op === 'or' ? `(${inWords(ast)})` : inWords(ast);
}

function duration(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}

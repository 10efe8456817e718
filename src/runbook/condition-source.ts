import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js';
import { didYouMean } from '../core/closest.ts';
import type { FactType } from '../core/facts.ts';
import type { Comparison, ConditionAst } from '../core/runbook.ts';
import { maskHyphens } from './mask-hyphens.ts';
import { listed, lookUp, type Name, type Scope } from './scope.ts';

/** One fault within a condition: offsets in its source. */
interface ConditionFault {
  readonly code: 'condition' | 'unknown-name' | 'type';
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** A condition read and checked: what it means and the names in it, or everything that is wrong with it. */
export type ConditionReading =
  { readonly ast: ConditionAst; readonly facts: readonly string[] } | { readonly faults: readonly ConditionFault[] };

const longest = 2000;

/** Parses the CEL source of a condition and checks it against the names of the place where it stands. */
export function readCondition(source: string, scope: Scope): ConditionReading {
  const whole = { start: 0, end: source.length };
  if (source.trim() === '') return { faults: [{ code: 'condition', ...whole, message: 'The condition is empty.' }] };
  if (source.length > longest)
    return { faults: [{ code: 'condition', ...whole, message: `A condition has at most ${longest} characters.` }] };
  const parsed = parse(source);
  if ('message' in parsed) return { faults: [parsed] };
  const check: Check = { source, scope, faults: [], facts: new Set() };
  const result = read(parsed, check);
  if (check.faults.length === 0 && result !== null && result.type !== 'bool' && result.type !== 'any') {
    const message = `A condition must be true or false, but this is of type ${result.type}.`;
    check.faults.push({ code: 'type', ...trimmed(source), message });
  }
  if (check.faults.length > 0 || result === null) return { faults: check.faults };
  return { ast: result.ast, facts: [...check.facts] };
}

function parse(source: string): ASTNode | ConditionFault {
  try {
    return new Environment({ limits: { maxDepth: 24, maxAstNodes: 500 } }).parse(maskHyphens(source)).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const start = Math.min(error.range?.start ?? 0, source.length);
    const end = Math.max(start, error.range?.end ?? start);
    const hint = /(?<![=!<>])=(?!=)/u.test(source.slice(start, start + 2)) ? ' To compare, write `==`.' : '';
    const summary = start >= source.trimEnd().length ? 'the condition ends too early' : lowered(error.summary);
    return { code: 'condition', start, end, message: `The condition can't be read: ${summary}.${hint}` };
  }
}

interface Check {
  readonly source: string;
  readonly scope: Scope;
  readonly faults: ConditionFault[];
  readonly facts: Set<string>;
}

/** A part of a condition with its type; `name` when it is a reference. */
interface Part {
  readonly ast: ConditionAst;
  readonly type: Name['type'];
  readonly values?: readonly string[] | undefined;
  readonly start: number;
  readonly end: number;
}

/** Null: a fault was added. */
function read(node: ASTNode, check: Check): Part | null {
  const { start, end } = node;
  const refuse = (message: string): null => {
    check.faults.push({ code: 'condition', start, end, message });
    return null;
  };
  switch (node.op) {
    case 'value':
      return literal(node.args, { start, end }, check);
    case '-_':
      if (node.args.op === 'value' && typeof node.args.args === 'bigint')
        return literal(-node.args.args, { start, end }, check);
      return refuse('Conditions do not calculate: only a number can have a minus sign.');
    case 'id':
    case '.':
      return reference(node, check);
    case '!_': {
      const of = bool(node.args, check);
      return of === null ? null : { ast: { op: 'not', of: of.ast }, type: 'bool', start, end };
    }
    case '&&':
    case '||': {
      const [left, right] = [bool(node.args[0], check), bool(node.args[1], check)];
      if (left === null || right === null) return null;
      const op = node.op === '&&' ? 'and' : 'or';
      return { ast: { op, left: left.ast, right: right.ast }, type: 'bool', start, end };
    }
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(node.op, node.args, check);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return refuse(`Conditions do not calculate (\`${node.op}\`): an action or a fact must do it.`);
    case 'in':
      return refuse('`in` is not allowed in a condition: write `x == ... || x == ...`.');
    case 'call':
    case 'rcall':
      return refuse(`Conditions call nothing (\`${node.args[0]}(...)\`): compare facts.`);
    case '?:':
      return refuse('`... ? ... : ...` is not allowed in a condition: use `&&`, `||` and `!`.');
    case '[]':
    case '[?]':
    case '.?':
      return refuse('Indexing is not allowed in a condition: facts are named `area.name`.');
    case 'list':
    case 'map':
      return refuse('Lists and maps are not allowed in a condition.');
    default:
      return refuse(`\`${(node satisfies never as ASTNode).op}\` is not allowed in a condition.`);
  }
}

function literal(value: unknown, span: { start: number; end: number }, check: Check): Part | null {
  if (typeof value === 'boolean') return { ast: { op: 'literal', value }, type: 'bool', ...span };
  if (typeof value === 'string') return { ast: { op: 'literal', value }, type: 'string', ...span };
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value)))
    return { ast: { op: 'literal', value: Number(value) }, type: 'int', ...span };
  const message =
    value === null
      ? 'Nothing can be compared with null: an unknown fact is neither true nor false.'
      : 'Only texts, true, false and whole numbers (up to 2^53) can be written here.';
  check.faults.push({ code: 'condition', ...span, message });
  return null;
}

function reference(node: ASTNode, check: Check): Part | null {
  const { start, end } = node;
  const name = nameOf(node, check.source);
  if (name === null) {
    check.faults.push({
      code: 'condition',
      start,
      end,
      message: 'Only a fact, an input or a step can stand before a dot.',
    });
    return null;
  }
  const found = lookUp(check.scope, name);
  if (typeof found === 'string') {
    const [before = ''] = name.split('-');
    const calculates = name.includes('-') && check.scope.names.has(before);
    const message = calculates ? `Conditions do not calculate: \`${name}\` is read as one name. ${found}` : found;
    check.faults.push({ code: 'unknown-name', start, end, message });
    return null;
  }
  if (found.type === 'strings') {
    const message = `\`${name}\` is a list of texts, which a condition cannot compare.`;
    check.faults.push({ code: 'type', start, end, message });
    return null;
  }
  check.facts.add(name);
  const type: FactType = found.type === 'any' ? 'bool' : found.type;
  return { ast: { op: 'ref', name, type }, type: found.type, values: found.values, start, end };
}

function nameOf(node: ASTNode, source: string): string | null {
  if (node.op === 'id') return source.slice(node.start, node.end);
  if (node.op !== '.') return null;
  const before = nameOf(node.args[0], source);
  return before === null ? null : `${before}.${source.slice(node.pos, node.end)}`;
}

function bool(node: ASTNode, check: Check): Part | null {
  const part = read(node, check);
  if (part === null || part.type === 'bool' || part.type === 'any') return part;
  const { start, end } = part;
  const text = check.source.slice(start, end);
  const message = `\`${text}\` is of type ${part.type}; true or false is needed here: compare it with something.`;
  check.faults.push({ code: 'type', start, end, message });
  return null;
}

function comparison(is: Comparison, operands: [ASTNode, ASTNode], check: Check): Part | null {
  const [left, right] = [read(operands[0], check), read(operands[1], check)];
  if (left === null || right === null) return null;
  const span = { start: left.start, end: right.end };
  const result: Part = { ast: { op: 'compare', is, left: left.ast, right: right.ast }, type: 'bool', ...span };
  if (left.type === 'any' || right.type === 'any') return result;
  if (left.type !== right.type) {
    const message = `\`${check.source.slice(span.start, span.end)}\` compares ${left.type} with ${right.type}.`;
    check.faults.push({ code: 'type', ...span, message });
    return null;
  }
  if (left.type !== 'int' && is !== '==' && is !== '!=') {
    const kind = left.type === 'bool' ? 'True and false' : 'Texts';
    check.faults.push({
      code: 'type',
      ...span,
      message: `${kind} have no order here: \`${is}\` compares numbers only.`,
    });
    return null;
  }
  return allowed(left, right, check) && allowed(right, left, check) ? result : null;
}

/** Whether a literal is among the values that the other side can have at all. */
function allowed(fact: Part, other: Part, check: Check): boolean {
  if (fact.ast.op !== 'ref' || fact.values === undefined || other.ast.op !== 'literal') return true;
  const value = String(other.ast.value);
  if (fact.values.includes(value)) return true;
  const message = `\`${fact.ast.name}\` is never '${value}'; it can be ${listed(fact.values)}.${didYouMean(value, fact.values)}`;
  check.faults.push({ code: 'type', start: other.start, end: other.end, message });
  return false;
}

function trimmed(source: string): { start: number; end: number } {
  return { start: source.length - source.trimStart().length, end: source.trimEnd().length };
}

function lowered(summary: string): string {
  const plain = summary.replace(/: EOF$/u, ' (the end)').replace(/\.$/u, '');
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}

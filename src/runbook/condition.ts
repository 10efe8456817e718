import type { Fact, FactReadings, FactType } from '../core/facts.ts';
import type { Comparison, Condition, ConditionAst } from '../core/runbook.ts';

/** What a condition is now. Unknown is a result of its own and never becomes false. */
export type Evaluation =
  { readonly known: true; readonly holds: boolean } | { readonly known: false; readonly why: string };

type Value = Extract<Fact, { known: true }>['value'];
type Result = { readonly known: true; readonly value: Value } | { readonly known: false; readonly why: string };

/**
 * Evaluates a condition over what was read. `false && unknown` is false and `true || unknown` is true, in either
 * order; otherwise one unknown fact makes the result unknown, with that fact's reason. A fact that was not read,
 * or was read as a value of another type than declared, is unknown too.
 */
export function evaluate(condition: Pick<Condition, 'ast'>, readings: FactReadings): Evaluation {
  const result = valueOf(condition.ast, readings);
  if (!result.known) return result;
  return { known: true, holds: result.value === true };
}

function valueOf(ast: ConditionAst, readings: FactReadings): Result {
  switch (ast.op) {
    case 'literal':
      return { known: true, value: ast.value };
    case 'ref':
      return readingOf(ast.name, ast.type, readings);
    case 'not': {
      const of = valueOf(ast.of, readings);
      return of.known ? { known: true, value: of.value !== true } : of;
    }
    case 'and':
    case 'or': {
      const decisive = ast.op === 'or';
      const left = valueOf(ast.left, readings);
      if (left.known && left.value === decisive) return left;
      const right = valueOf(ast.right, readings);
      if (right.known && right.value === decisive) return right;
      return left.known ? right : left;
    }
    case 'compare': {
      const left = valueOf(ast.left, readings);
      if (!left.known) return left;
      const right = valueOf(ast.right, readings);
      return right.known ? { known: true, value: compare(ast.is, left.value, right.value) } : right;
    }
    default:
      throw new TypeError(`unknown part of a condition: ${JSON.stringify(ast satisfies never)}`);
  }
}

function readingOf(name: string, type: FactType, readings: FactReadings): Result {
  const fact = Object.hasOwn(readings, name) ? readings[name] : undefined;
  if (fact === undefined) return { known: false, why: `${name} has not been read` };
  if (!fact.known) return { known: false, why: `${name} is not known: ${fact.why}` };
  if (typeOf(fact.value) === type) return { known: true, value: fact.value };
  return { known: false, why: `${name} was read as ${JSON.stringify(fact.value)}, which is not of type ${type}` };
}

function typeOf(value: Value): FactType | null {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Number.isSafeInteger(value) ? 'int' : null;
}

function compare(is: Comparison, left: Value, right: Value): boolean {
  switch (is) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      throw new TypeError(`unknown comparison ${String(is satisfies never)}`);
  }
}

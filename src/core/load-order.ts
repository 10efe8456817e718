import { didYouMean } from './closest.ts';
import { dateInForm, fillTemplate, type Placeholder } from './load-template.ts';
import type { LoadArgument, LoadParameter, LoadType } from './load-type.ts';
import { Fault, type Problem } from './fault.ts';
import type { Json } from './json.ts';
import { isDate } from './local-day.ts';
import type { LoadOrder } from './ports-loads.ts';

/**
 * Parameters of a run from `name=value` words: checked against what the load type has, defaults filled in. All faults
 * together (`load.parameter`, exit usage).
 */
export function readParameters(
  load: LoadType,
  given: readonly string[],
  offices: readonly string[],
): Readonly<Record<string, string>> {
  const problems: Problem[] = [];
  const values = new Map<string, string>();
  const known = load.parameters.map(({ name }) => name);
  const fault = (message: string): void => {
    const next = load.parameters.map(({ name, help }) => `--param ${name}=...   ${help}`);
    problems.push({ code: 'load.parameter', message, where: '--param', exit: 'usage', next });
  };
  for (const text of given) {
    const [name = '', ...rest] = text.split('=');
    const parameter = load.parameters.find((one) => one.name === name);
    const value = rest.join('=');
    if (rest.length === 0) fault(`--param wants name=value, not ${JSON.stringify(text)}.`);
    else if (parameter === undefined)
      fault(`${load.name} has no parameter ${JSON.stringify(name)}.${didYouMean(name, known)}`);
    else if (values.has(name)) fault(`--param ${name} is given twice.`);
    else {
      const wrong = whyWrong(parameter, value, offices);
      if (wrong === null) values.set(name, value);
      else fault(`--param ${name} ${wrong}, not ${JSON.stringify(value)}.`);
    }
  }
  for (const { name, required, default: otherwise, help } of load.parameters) {
    if (values.has(name)) continue;
    if (otherwise !== null) values.set(name, otherwise);
    else if (required) fault(`--param ${name} is missing: ${help}.`);
  }
  const [first, ...others] = problems;
  if (first !== undefined) throw new Fault(first, ...others);
  return Object.fromEntries(values);
}

function whyWrong({ type, values }: LoadParameter, value: string, offices: readonly string[]): string | null {
  switch (type) {
    case 'date':
      return isDate(value) ? null : 'wants a date such as 2019-10-17';
    case 'integer':
      return /^-?\d{1,15}$/.test(value) ? null : 'wants a whole number';
    case 'enum':
      return values.includes(value) ? null : `wants one of ${values.join(', ')}`;
    case 'deanery':
      return offices.includes(value) ? null : `wants a Local Office: ${offices.join(', ')}`;
    case 'text':
      return value === '' ? 'wants a text' : null;
    default:
      return type satisfies never;
  }
}

/** The Local Offices that a run is for: those that a parameter names, else all. */
export function officesOf(
  load: LoadType,
  parameters: Readonly<Record<string, string>>,
  all: readonly string[],
): readonly string[] {
  const named = load.parameters.flatMap(({ name, type }) => {
    const value = parameters[name];
    return type === 'deanery' && value !== undefined ? [value] : [];
  });
  return named.length === 0 ? all : named;
}

/** A template of how a load type is run, filled in for one order. */
export function filled(template: string, order: LoadOrder, office: string | null = null): string {
  return fillTemplate(template, (placeholder) => valueFor(placeholder, order, office));
}

function valueFor({ name, form }: Placeholder, order: LoadOrder, office: string | null): string {
  if (name === 'date') return dateInForm(order.date, form);
  if (name === 'loadType') return order.load.name;
  if (name === 'office' && office !== null) return office;
  const value = order.parameters[name];
  const type = order.load.parameters.find((one) => one.name === name)?.type;
  if (value !== undefined) return type === 'date' ? dateInForm(value, form) : value;
  throw new Fault({
    code: 'load.template',
    message: `The configuration of ${order.load.name} uses \${${name}}, which has no value in this run.`,
    where: `loadTypes.${order.load.name}.run`,
    exit: 'usage',
    next: ['esr-ops config check'],
    details: { sent: false },
  });
}

/** Arguments of a program, those left out whose parameter has no value. */
export function argumentsFor(args: readonly LoadArgument[], order: LoadOrder): readonly string[] {
  return args
    .filter(({ when }) => when === null || order.parameters[when] !== undefined)
    .flatMap(({ words }) => words.map((word) => filled(word, order)));
}

/** A message's body: each text in it filled in. */
export function bodyFor(body: Json, order: LoadOrder, office: string | null): Json {
  if (typeof body === 'string') return filled(body, order, office);
  if (typeof body !== 'object' || body === null) return body;
  if (Array.isArray(body)) return body.map((one: Json) => bodyFor(one, order, office));
  return Object.fromEntries(Object.entries(body).map(([key, one]) => [key, bodyFor(one, order, office)]));
}

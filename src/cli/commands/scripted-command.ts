import { wantsReason } from '../../core/change-consent.ts';
import type { Json } from '../../core/json.ts';
import type { Plan } from '../../core/plan.ts';
import type { Runbook } from '../../core/runbook.ts';
import { operands } from '../../core/typed-command.ts';
import type { GlobalOptions } from '../invocation.ts';

/** The command line, as an argv, that carries a plan out from a script: every consent that it could come to need is in it. */
export function scriptedCommand(
  plan: Plan,
  runbook: Runbook,
  tokens: readonly string[],
  global: GlobalOptions,
): readonly string[] {
  const words = runbook.inputs.filter(({ argument }) => argument).map(({ name }) => name);
  const flags = Object.entries(plan.inputs).filter(([name]) => !words.includes(name));
  const inputs = flags.flatMap(([name, value]) => flagOf(name, value));
  const given = words.map((name) => plan.inputs[name]).filter((value) => typeof value === 'string');
  const apart = given.some((word) => word.startsWith('-'));
  return [
    'esr-ops',
    ...plan.command.split(' '),
    ...(apart ? [] : given),
    '--env',
    plan.environment.name,
    ...(global.config === null ? [] : ['--config', global.config]),
    ...inputs,
    '--yes',
    ...tokens.flatMap((token) => ['--confirm', token]),
    ...(plan.environment.protected || plan.steps.some((step) => step.changes.some(wantsReason))
      ? ['--reason', '...']
      : []),
    ...(apart ? operands(...given) : []),
  ];
}

function flagOf(name: string, value: Json): readonly string[] {
  if (value === true) return [`--${name}`];
  if (typeof value === 'string' || typeof value === 'number') return [`--${name}`, String(value)];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item) => flagOf(name, item));
  return [];
}

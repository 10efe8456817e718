import { wantsReason } from '../../core/change.ts';
import type { Json } from '../../core/json.ts';
import type { Plan } from '../../core/plan.ts';
import type { GlobalOptions } from '../invocation.ts';

/** The command line, as an argv, that carries a plan out from a script: every consent that it could come to need is in it. */
export function scriptedCommand(plan: Plan, tokens: readonly string[], global: GlobalOptions): readonly string[] {
  const inputs = Object.entries(plan.inputs).flatMap(([name, value]) => flagOf(name, value));
  return [
    'esr-ops',
    ...plan.command.split(' '),
    '--env',
    plan.environment.name,
    ...(global.config === null ? [] : ['--config', global.config]),
    ...inputs,
    '--yes',
    ...tokens.flatMap((token) => ['--confirm', token]),
    ...(plan.environment.protected || plan.steps.some((step) => step.changes.some(wantsReason))
      ? ['--reason', '…']
      : []),
  ];
}

function flagOf(name: string, value: Json): readonly string[] {
  if (value === true) return [`--${name}`];
  if (typeof value === 'string' || typeof value === 'number') return [`--${name}`, String(value)];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item) => flagOf(name, item));
  return [];
}

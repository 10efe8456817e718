import type { Component } from '../../core/component.ts';
import { Fault } from '../../core/fault.ts';
import type { Argv, CommandResult } from '../../core/host-machine.ts';
import { componentHost } from '../../core/component-engine.ts';
import { lastWords } from '../../core/shortened.ts';

/** A unit's name as one argument that can't be an option. */
export function unitName(unit: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9:_.@\\-]*$/.test(unit)) return unit;
  throw new Fault({
    code: 'component.bad-unit',
    message: `${JSON.stringify(unit)} can't be the name of a unit.`,
    next: ['correct it in the configuration'],
    details: { sent: false },
    exit: 'usage',
  });
}

/** The Fault of a command that said no. `changes`: what it did until then is not known. */
export function commandFault(
  component: Component,
  what: string,
  argv: Argv,
  result: CommandResult,
  changes: boolean,
): Fault {
  const { exitCode } = result;
  const said = lastWords(result);
  return new Fault({
    code: 'component.command-failed',
    message: `On ${componentHost(component)}: the command for the ${what} of ${component.name} (${argv[0]}) ended with exit code ${exitCode}${said === '' ? '' : `: ${said}`}.`,
    where: componentHost(component),
    next: [`esr-ops explain ${component.name}`],
    details: { sent: changes, exitCode },
    exit: changes ? 'unknown' : 'failed',
  });
}

/** The Fault of a component that can't be controlled from here. */
export function byHand(component: Component, what: string): Fault {
  return new Fault({
    code: 'component.by-hand',
    message: `The configuration does not say how ${component.name} is ${what} from here: a person has to (${component.owner}).`,
    where: `components.${component.name}`,
    next: [`esr-ops explain ${component.name}`],
    details: { sent: false },
    exit: 'blocked',
  });
}

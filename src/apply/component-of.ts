import type { Component } from '../core/component.ts';
import { Fault } from '../core/fault.ts';
import type { Seen } from './world.ts';

/** The component of a change that was planned; a Fault when the configuration has lost it since. */
export function componentOf(name: string, { environment }: Seen): Component {
  const found = environment.components.find((component) => component.name === name);
  if (found !== undefined) return found;
  throw new Fault({
    code: 'component.unknown',
    message: `The configuration has no component ${name} any more.`,
    where: name,
    details: { sent: false },
    exit: 'usage',
  });
}

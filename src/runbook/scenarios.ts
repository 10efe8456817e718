import * as z from 'zod';
import { parseDuration } from '../core/duration.ts';
import type { Problem } from '../core/fault.ts';
import { endConditions, losses, type FaultTraits, type Scenario, type Scenarios } from '../core/scenario.ts';
import { checkedYaml, throwAll, usedTwice } from './checked-yaml.ts';

/** How long the load runs before a fault that says nothing of it. */
const usualLoadMs = 3_000;

const words = z.string().trim().min(1);
const faultName = words.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words with hyphens');
const some = <T extends z.ZodType>(one: T) => z.tuple([one], one);

const moment = words.transform((text, context) => {
  if (text === '0s') return 0;
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  context.addIssue({ code: 'custom', message: 'must be a length of time, such as 0s, 500ms or 5s' });
  return z.NEVER;
});

const command = words.refine(
  (text) => !text.startsWith('esr-ops') && !/(?:^|\s)(?:-y|--yes|--confirm|--env|--state-dir)(?:[\s=]|$)/.test(text),
  'must be a command without `esr-ops`, environment and consent',
);

const file = z.strictObject({
  version: z.literal(1),
  faults: z.record(
    faultName,
    z.strictObject({
      shownBy: some(words.regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be the code of a finding, such as vhost.down')),
      loses: z.array(z.enum(losses)).optional(),
      load: moment.optional(),
    }),
  ),
  scenarios: some(
    z.strictObject({
      name: faultName,
      meaning: words,
      faults: some(z.strictObject({ fault: faultName, after: moment.optional(), optional: z.boolean().optional() })),
      needs: z.array(z.enum(['etl'])).optional(),
      instead: z.array(faultName).optional(),
      alert: z.strictObject({ from: words, text: words }),
      hints: some(words),
      recovery: some(z.strictObject({ command, does: words })),
      end: some(z.enum(endConditions)),
    }),
  ),
});

/**
 * The scenarios of a file, checked: shape, names that are used once, and that they speak of exactly the faults that the
 * lab has. All faults of the file are thrown together, each with its line.
 *
 * @param labFaults names of all faults of the lab
 */
export function readScenarios(path: string, text: string, labFaults: readonly string[]): Scenarios {
  const { data, fault } = checkedYaml(path, text, file, 'scenarios.invalid');
  const known = (name: string, at: readonly PropertyKey[]): readonly Problem[] =>
    labFaults.includes(name) ? [] : [fault(`The lab has no fault ${name}.`, at)];
  throwAll([
    ...usedTwice(
      data.scenarios.map(({ name }) => name),
      'name',
      'scenarios',
      fault,
    ),
    ...Object.keys(data.faults).flatMap((name) => known(name, ['faults', name])),
    ...labFaults
      .filter((name) => !Object.hasOwn(data.faults, name))
      .map((name) => fault(`How the lab's fault ${name} shows itself is not said.`, ['faults'])),
    ...data.scenarios.flatMap((one, index) => [
      ...one.faults.flatMap(({ fault: name }, at) => known(name, ['scenarios', index, 'faults', at, 'fault'])),
      ...(one.instead ?? []).flatMap((name, at) => known(name, ['scenarios', index, 'instead', at])),
      ...(one.faults.every(({ optional }) => optional === true)
        ? [fault(`Scenario ${one.name} has only faults that may be left out.`, ['scenarios', index, 'faults'])]
        : []),
    ]),
  ]);
  const faults: Record<string, FaultTraits> = {};
  for (const [name, { shownBy, loses, load }] of Object.entries(data.faults))
    faults[name] = { shownBy, loses: loses ?? [], loadMs: load ?? usualLoadMs };
  const injected = ({ fault: name, after, optional }: (typeof data.scenarios)[0]['faults'][0]) => ({
    fault: name,
    afterMs: after ?? 0,
    optional: optional ?? false,
  });
  return {
    faults,
    scenarios: data.scenarios.map(({ faults: [first, ...others], needs, instead, ...one }): Scenario => ({
      ...one,
      faults: [injected(first), ...others.map(injected)],
      needs: needs ?? [],
      instead: instead ?? [],
    })),
  };
}

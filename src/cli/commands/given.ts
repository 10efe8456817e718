import { didYouMean } from '../../core/closest.ts';
import { Fault } from '../../core/fault.ts';
import type { Given } from '../../core/run.ts';
import type { Runbook } from '../../core/runbook.ts';
import type { RunOptions } from '../invocation.ts';

/** Consent and evidence from the flags; a `--did` for a step that isn't manual is a fault. */
export function givenFrom(options: RunOptions, runbook: Runbook): Given {
  const manual = runbook.steps.filter((step) => step.kind === 'manual').map((step) => step.id);
  const did = options.did.map((text): [string, string] => {
    const [step = '', ...rest] = text.split('=');
    const saw = rest.join('=').trim();
    if (manual.includes(step) && saw !== '') return [step, saw];
    const known = manual.length === 0 ? 'This runbook has no manual steps.' : `Manual steps are: ${manual.join(', ')}.`;
    throw new Fault({
      code: 'did.invalid',
      message:
        saw === ''
          ? `--did wants step=what was seen, not ${JSON.stringify(text)}.`
          : `There is no manual step ${JSON.stringify(step)}.${didYouMean(step, manual)} ${known}`,
      where: '--did',
      exit: 'usage',
    });
  });
  return { yes: options.yes, confirm: options.confirm, did: Object.fromEntries(did) };
}

import { didYouMean } from '../../core/closest.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import type { Composition } from '../composition.ts';

/** `runbook list`: asks no server and reads no more of the configuration than the folders of runbooks. */
export async function listRunbooks(composition: Pick<Composition, 'host' | 'runbooks'>): Promise<ExitName> {
  const runbooks = (await composition.runbooks()).map(({ command, summary, file, steps }) => ({
    command,
    summary,
    file,
    steps: steps.length,
  }));
  composition.host.result({ code: 'runbooks.listed', payload: { runbooks } });
  return 'done';
}

/** `runbook show COMMAND [--as checklist]` */
export async function showRunbook(
  composition: Composition,
  command: string,
  as: 'text' | 'checklist',
): Promise<ExitName> {
  const runbooks = await composition.runbooks();
  const runbook = runbooks.find((candidate) => candidate.command === command);
  if (runbook === undefined) {
    const commands = runbooks.map((candidate) => candidate.command);
    throw new Fault({
      code: 'runbook.not-found',
      message: `There is no runbook for ${JSON.stringify(command)}.${didYouMean(command, commands)}`,
      where: command,
      exit: 'usage',
      next: ['esr-ops runbook list'],
    });
  }
  const source = as === 'checklist' ? await composition.checklist(runbook) : '';
  composition.host.result({ code: 'runbook.shown', payload: { runbook, as, source } });
  return 'done';
}

/** `runbook lint [PATH…]`: all faults of all files together, or how many files are right. */
export async function lintRunbooks(composition: Composition, paths: readonly string[]): Promise<ExitName> {
  const { files } = await composition.lintRunbooks(paths);
  composition.host.result({ code: 'runbook.linted', payload: { files, faults: 0 } });
  return 'done';
}

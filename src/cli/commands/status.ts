import { didYouMean } from '../../core/closest.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { parseDuration } from '../../core/duration.ts';
import { explainFindings } from '../../core/causes.ts';
import { isToActOn, places, type Place } from '../../core/finding.ts';
import type { Composition } from '../composition.ts';
import type { StatusOptions } from '../invocation.ts';
import { datedLook } from './dated-look.ts';

/** Longest look at one part, ms: the whole screen is to be there within two seconds. */
const defaultLimitMs = 1_200;

/**
 * `status`: every part at once, reading only. Exit code findings when there is something to act on. With `quiet` nothing
 * is printed when all is well, so that cron sends no mail.
 */
export async function showInterface(composition: Composition, options: StatusOptions): Promise<ExitName> {
  const only = options.only.map(knownPlace);
  const limitMs = limitOf(options.timeout, defaultLimitMs);
  const environment = await composition.environment();
  const from = performance.now();
  const { lookAround } = await import('../../probes/look-around.ts');
  const looks = await datedLook(
    composition,
    await lookAround(environment, await composition.probing(limitMs), limitMs, only),
  );
  const findings = looks.flatMap((look) => look.findings);
  const well = !findings.some(isToActOn);
  if (!(well && options.quiet))
    composition.host.result({
      code: 'status.shown',
      payload: {
        environment: environment.name,
        at: new Date(composition.clock.now()).toISOString(),
        looks,
        roots: explainFindings(findings).map(({ cause, brings }) => ({
          cause: cause.code,
          brings: brings.map(({ code }) => code),
        })),
        suffix: suffixOf(composition, environment.name),
        tookMs: Math.round(performance.now() - from),
      },
    });
  return well ? 'done' : 'findings';
}

/** Flags that make a command mean the same environment. */
export function suffixOf({ global }: Composition, environment: string): string {
  return [
    ` --env ${environment}`,
    ...(global.config === null ? [] : [` --config ${quoted(global.config)}`]),
    ...(global.stateDir === null ? [] : [` --state-dir ${quoted(global.stateDir)}`]),
  ].join('');
}

function quoted(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Milliseconds of `--timeout`. */
export function limitOf(given: string | null, otherwise: number): number {
  if (given === null) return otherwise;
  const ms = parseDuration(given);
  if (ms !== null) return ms;
  throw new Fault({
    code: 'usage',
    message: `${JSON.stringify(given)} is no length of time, such as 800ms, 5s or 1m.`,
    where: '--timeout',
    exit: 'usage',
  });
}

function knownPlace(name: string): Place {
  const found = places.find((place) => place === name);
  if (found !== undefined) return found;
  throw new Fault({
    code: 'usage',
    message: `There is no part ${JSON.stringify(name)} of the interface.${didYouMean(name, places)}`,
    where: '--only',
    exit: 'usage',
    next: places.map((place) => `--only ${place}`),
  });
}

import { explainFindings } from '../../core/causes.ts';
import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { isToActOn } from '../../core/finding.ts';
import { deadlineImplications } from '../../core/deadline-implications.ts';
import { implicationsOf } from '../../core/implications.ts';
import { createSymptomMatcher, type SymptomMatcher } from '../../core/match-signatures.ts';
import type { SymptomReading } from '../../core/signature.ts';
import type { Composition } from '../composition.ts';
import type { DiagnoseOptions } from '../invocation.ts';
import { datedLook } from './dated-look.ts';
import { limitOf, suffixOf } from './status.ts';

/** Longest look at one part, ms. */
const defaultLimitMs = 4_000;

/** `diagnose`: the whole path and, beside it, the text of an alert or a log; reading only. */
export async function diagnose(composition: Composition, options: DiagnoseOptions): Promise<ExitName> {
  const limitMs = limitOf(options.timeout, defaultLimitMs);
  const environment = await composition.environment();
  const from = performance.now();
  const { lookAround } = await import('../../probes/look-around.ts');
  const [seen, symptom] = await Promise.all([
    composition.probing(limitMs).then((readers) => lookAround(environment, readers, limitMs)),
    readSymptom(composition, options),
  ]);
  const looks = await datedLook(composition, seen);
  const findings = looks.flatMap((look) => look.findings);
  const wrong = findings.filter(isToActOn);
  const codes = wrong.map(({ code }) => code);
  composition.host.result({
    code: 'diagnosis.shown',
    payload: {
      diagnosis: {
        environment: environment.name,
        at: new Date(composition.clock.now()).toISOString(),
        symptom: symptom?.(codes) ?? null,
        roots: explainFindings(wrong),
        advice: findings.filter((finding) => !isToActOn(finding)),
        well: looks.filter(({ state }) => state === 'ok' || state === 'advice').map(({ subject }) => subject),
        notConfigured: looks
          .filter(({ state }) => state === 'not-configured')
          .map(({ subject, figure }) => `${subject} (${figure})`),
        implications: implicationsOf(
          looks,
          findings,
          wrong.length === 0 ? [] : deadlineImplications(environment, composition.clock.now()),
        ),
        suffix: suffixOf(composition, environment.name),
        tookMs: Math.round(performance.now() - from),
      },
    },
  });
  return wrong.length === 0 ? 'done' : 'findings';
}

/** Reads the text or the log; what it means is said once the findings are known. Null: none was given. */
async function readSymptom(
  composition: Composition,
  { symptom, log }: DiagnoseOptions,
): Promise<((found: readonly string[]) => SymptomReading) | null> {
  if (symptom !== null && log !== null)
    throw new Fault({
      code: 'usage',
      message: '--symptom and a log exclude each other: give one of them.',
      where: '--symptom',
      exit: 'usage',
    });
  if (symptom === null && log === null) return null;
  const matcher: SymptomMatcher = createSymptomMatcher(await composition.signatures());
  if (symptom !== null) {
    for (const line of symptom.split('\n')) matcher.line(line);
    return (found) => matcher.reading('--symptom', Buffer.byteLength(symptom), found);
  }
  const path = log ?? '-';
  const bytes = await composition.readLog(path, (line) => matcher.line(line));
  return (found) => matcher.reading(path === '-' ? 'standard input' : path, bytes, found);
}

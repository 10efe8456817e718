import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import type { ReconcileException } from '../../core/reconcile.ts';
import { signOffOf } from '../../core/sign-off.ts';
import { csvHead, csvLine } from '../../report/csv-line.ts';
import type { Composition } from '../composition.ts';
import type { Invocation } from '../invocation.ts';

/** Exceptions that a person is shown; all of them are in --csv and --output json. */
const shown = 50;
/** Text that is gathered before it is written, in characters. */
const gathered = 65_536;

/** `reconcile --date D [--csv FILE|-]`: reading only; exit code findings until there is nothing, or it is signed off. */
export async function reconcile(
  composition: Composition,
  { date, csv, force }: Extract<Invocation, { is: 'reconcile' }>,
): Promise<ExitName> {
  const { host, records, clock } = composition;
  if (date === null) throw usage('--date is missing: the day to compare.', '--date');
  if (force && (csv === null || csv === '-')) throw usage('--force is about overwriting the file of --csv.', '--force');
  if (csv === '-' && composition.global.output === 'json')
    throw usage('--csv - and --output json both want standard output.', '--csv');
  if (Date.parse(date) > clock.now() + 86_400_000) throw usage(`${date} has not been yet.`, '--date');
  const reader = await records.reconcile();
  const out = csv === null ? null : await csvOut(composition, csv, force);
  const first: ReconcileException[] = [];
  try {
    const day = await reader.day(
      date,
      { signal: composition.stop.signal, progress: (progress) => host.progress(progress) },
      async (exception) => {
        if (first.length < shown) first.push(exception);
        if (out !== null) await out.take(exception);
        if (host.kind === 'json') host.result({ code: 'reconcile.found', payload: { exception } });
      },
    );
    await out?.keep();
    const signedOff =
      day.exceptions === 0 ? null : signOffOf(await (await records.runs()).list(), day.date, day.digest);
    const message = {
      code: 'reconcile.ended',
      payload: { day, first, signedOff, csv: csv === '-' ? null : csv },
    } as const;
    if (csv === '-') host.say(message);
    else host.result(message);
    return day.exceptions === 0 || signedOff !== null ? 'done' : 'findings';
  } finally {
    await out?.drop();
  }
}

interface CsvOut {
  take(exception: ReconcileException): Promise<void>;
  keep(): Promise<void>;
  drop(): Promise<void>;
}

async function csvOut({ host, records }: Composition, path: string, force: boolean): Promise<CsvOut> {
  if (path === '-') {
    host.result({ code: 'csv.line', payload: { line: csvHead } });
    return {
      take: (exception) => {
        host.result({ code: 'csv.line', payload: { line: csvLine(exception) } });
        return Promise.resolve();
      },
      keep: () => Promise.resolve(),
      drop: () => Promise.resolve(),
    };
  }
  const file = await records.newFile(path, force);
  let pending = `${csvHead}\r\n`;
  let kept = false;
  return {
    take: async (exception) => {
      pending += `${csvLine(exception)}\r\n`;
      if (pending.length < gathered) return;
      await file.write(pending);
      pending = '';
    },
    keep: async () => {
      await file.write(pending);
      await file.keep();
      kept = true;
    },
    drop: async () => {
      if (!kept) await file.drop();
    },
  };
}

function usage(message: string, where: string): Fault {
  return new Fault({ code: 'usage', message, where, exit: 'usage', next: ['esr-ops reconcile --help'] });
}

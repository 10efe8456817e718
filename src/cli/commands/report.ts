import type { ExitName } from '../../core/exit-codes.ts';
import { Fault } from '../../core/fault.ts';
import { isDamaged } from '../../core/never-began.ts';
import type { RunListing } from '../../core/ports.ts';
import { postMortem } from '../../report/post-mortem.ts';
import type { ReportedRun } from '../../report/timeline.ts';
import { toMarkdown } from '../../report/markdown.ts';
import type { Composition } from '../composition.ts';
import type { ReportOptions } from '../invocation.ts';
import { checkedLabel } from './incident-label.ts';
import { collectBundle } from './report-bundle.ts';

/** `report RUN…|--incident ID [--bundle FILE]`: from journals, reading only. */
export async function report(composition: Composition, options: ReportOptions): Promise<ExitName> {
  const { host, records } = composition;
  if ((options.runs.length === 0) === (options.incident === null))
    throw usage('Name the runs, or the incident that they were labelled with: one of both.', 'report');
  if (options.force && options.bundle === null)
    throw usage('--force is about overwriting the file of --bundle.', '--force');
  const runs = await records.runs();
  const listed = await runs.list();
  const wanted = options.incident === null ? options.runs : labelled(listed, checkedLabel(options.incident));
  const read: ReportedRun[] = [];
  for (const run of new Set(wanted)) {
    const reading = await runs.read(run);
    if (reading.records.length === 0)
      throw usage(`Run ${run} ended before its first record: there is nothing to write up.`, run);
    read.push({ run, records: reading.records });
  }
  const made = postMortem({
    runs: read,
    incident: options.incident,
    timezone: (await composition.environment()).timezone,
    unreadable: options.incident === null ? [] : listed.filter(isDamaged).map(({ run }) => run),
    describe: await records.describe(),
  });
  const markdown = toMarkdown(made);
  if (options.bundle === null) {
    host.result({ code: 'report.made', payload: { report: made, markdown } });
    return 'done';
  }
  const { content, missing } = await collectBundle(composition, made, markdown, read);
  const bundle = await records.writeBundle(options.bundle, content, options.force);
  host.result({ code: 'bundle.written', payload: { ...bundle, missing } });
  return 'done';
}

function labelled(listed: readonly RunListing[], incident: string): readonly string[] {
  const found = listed.filter(({ state }) => state?.incident === incident).map(({ run }) => run);
  if (found.length > 0) return found;
  const known = [...new Set(listed.flatMap(({ state }) => state?.incident ?? []))];
  throw new Fault({
    code: 'incident.not-found',
    message: `No run of this environment has the label ${incident}.${known.length === 0 ? '' : ` There are: ${known.join(', ')}.`}`,
    where: '--incident',
    exit: 'usage',
    next: ['esr-ops runs list', 'esr-ops report RUN RUN ...'],
  });
}

function usage(message: string, where: string): Fault {
  return new Fault({ code: 'usage', message, where, exit: 'usage', next: ['esr-ops report --help'] });
}

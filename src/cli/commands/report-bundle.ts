import { release } from 'node:os';
import { Fault } from '../../core/fault.ts';
import { canonicalJson, textOf, type Json } from '../../core/json.ts';
import { maskSecrets } from '../../core/mask-secrets.ts';
import type { BundleContent, PostMortem } from '../../core/post-mortem.ts';
import { madeIn } from '../../report/impact.ts';
import type { ReportedRun } from '../../report/timeline.ts';
import type { Composition } from '../composition.ts';

/** Lines of CDC's log that go along. */
const logLines = 500;

/**
 * Gathers what a support ticket needs. Bodies of messages and passwords are never among it: captures are read without
 * their secrets, drains by their manifests alone, and every text is searched for the configured secrets. What can't be
 * had is named in `missing` and in the manifest, and stops nothing.
 */
export async function collectBundle(
  composition: Composition,
  report: PostMortem,
  markdown: string,
  runs: readonly ReportedRun[],
): Promise<{ readonly content: BundleContent; readonly missing: readonly string[] }> {
  const { records } = composition;
  const scrub = await records.scrub();
  const missing: string[] = [];
  const files = new Map<string, string>();
  const put = (name: string, text: string): void => {
    files.set(name, withoutCredentials(scrub.redact(text)));
  };
  const attempt = async (what: string, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      missing.push(`${what}: ${scrub.redact(error.message)}`);
    }
  };

  put('report.md', markdown);
  put('timeline.jsonl', report.timeline.map((entry) => `${canonicalJson({ ...entry })}\n`).join(''));
  for (const run of runs)
    put(`runs/${run.run}.jsonl`, run.records.map((record) => `${canonicalJson(record as unknown as Json)}\n`).join(''));
  const made = runs.flatMap((run) => madeIn(run));
  const ids = (kind: string): readonly string[] => [
    ...new Set(made.filter(({ change }) => change.kind === kind).map(({ output }) => textOf(output['id']))),
  ];
  for (const id of ids('capture.write'))
    await attempt(`capture ${id}`, async () => {
      const { manifest, snapshot } = await (await records.captures()).load(id, 'without');
      put(`captures/${id}.json`, pretty({ manifest, snapshot }));
    });
  await attempt('drains', async () => {
    const wanted = ids('messages.drain');
    if (wanted.length === 0) return;
    const drains = (await (await composition.readers()).messages.drains()).filter(({ id }) => wanted.includes(id));
    for (const { id, manifest, damage } of drains) put(`drains/${id}.json`, pretty({ id, manifest, damage }));
  });
  const broker: Record<string, unknown> = {};
  await attempt("the broker's version and nodes", async () => {
    broker['overview'] = await (await composition.readers()).rabbit.overview();
  });
  for (const vhost of vhostsOf(runs))
    await attempt(`what the broker says of vhost ${vhost}`, async () => {
      const { rabbit } = await composition.readers();
      broker[`vhost ${vhost}`] = { status: await rabbit.status(vhost), depths: await rabbit.depths(vhost) };
    });
  put('broker.json', pretty({ askedAt: new Date(composition.clock.now()).toISOString(), ...broker }));
  await attempt("CDC's log", async () => {
    const cdc = await composition.cdc();
    if (cdc === null) return;
    const lines = await cdc.process.logs(logLines);
    put('logs/cdc.log', lines.map((line) => `${maskSecrets(scrub.redact(line), [])}\n`).join(''));
  });
  put(
    'versions.json',
    pretty({
      'esr-ops': composition.version,
      node: process.version,
      linux: release(),
      broker: broker['overview'] ?? null,
    }),
  );
  return {
    missing,
    content: {
      folder: `esr-ops-${report.incident ?? report.runs[0] ?? 'report'}`,
      files,
      modifiedMs: Date.parse(report.ended),
      about: {
        tool: { name: 'esr-ops', version: composition.version },
        createdAt: new Date(composition.clock.now()).toISOString(),
        environment: report.environment,
        incident: report.incident,
        runs: report.runs,
        missing,
        secrets: { searchedFor: scrub.names, notSearchedFor: scrub.unresolved },
      },
    },
  };
}

function vhostsOf(runs: readonly ReportedRun[]): readonly string[] {
  const named = runs.flatMap(({ records }) => {
    const first = records[0]?.entry;
    const vhost = first?.type === 'run.started' ? first.plan.inputs['vhost'] : null;
    return typeof vhost === 'string' ? [vhost] : [];
  });
  return [...new Set(named)];
}

/** Passwords inside addresses, whoever wrote them there. */
function withoutCredentials(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'\\]*):[^\s/@"'\\]+@/gi, '$1:[secret]@');
}

function pretty(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

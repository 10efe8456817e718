import { isToActOn, places, type Finding, type Severity } from './finding.ts';

/** A service that needs something at its start, or all the time, and does not have it. */
const servicesFail = [
  'esr.unhealthy',
  'esr.startup-failed',
  'esr.restarting',
  'etl.stopped',
  'etl.unhealthy',
  'etl.startup-failed',
  'etl.restarting',
];

/** ESR is needed by the ETL: running that again does not help as long as ESR does not work. */
const withoutEsr = [
  'etl.load-missing',
  'etl.load-partial',
  's3.file-missing',
  'etl.stopped',
  'etl.unhealthy',
  'etl.startup-failed',
  'etl.restarting',
  'queues.consumers-missing',
];

/** What a cause brings about by itself, so that it is no fault of its own: codes, `place.*` for all of a place. */
const consequences: Readonly<Record<string, readonly string[]>> = {
  'mysql.unreachable': ['maxwell.*', ...servicesFail],
  'mysql.refused': ['maxwell.unseen'],
  'mysql.binlog-off': ['maxwell.quiet', 'maxwell.stopped', 'maxwell.lagging'],
  'mysql.binlog-not-row': ['maxwell.quiet', 'maxwell.stopped', 'maxwell.lagging'],
  'broker.down': [...servicesFail, 'exchange.*', 'vhost.*', 'queues.*', ...cdcSilent()],
  'broker.management-unreachable': ['exchange.unseen', 'vhost.unseen', 'queues.unseen'],
  'broker.refused': ['exchange.unseen', 'vhost.unseen', 'queues.unseen'],
  'broker.amqp-unreachable': ['queues.consumers-missing', ...cdcSilent()],
  'broker.alarm': ['maxwell.quiet', 'maxwell.lagging'],
  'vhost.down': [...servicesFail, 'exchange.*', 'queues.*', ...cdcSilent()],
  'vhost.down-rebooted': [...servicesFail, 'exchange.*', 'queues.*', ...cdcSilent()],
  'vhost.absent': [...servicesFail, 'exchange.*', 'queues.*', ...cdcSilent()],
  'vhost.fenced': [...servicesFail, 'queues.consumers-missing', 'esr-ops.run-open', ...cdcSilent()],
  'vhost.permission-lost-cdc': cdcSilent(),
  'vhost.permission-lost': ['queues.consumers-missing'],
  'exchange.differs': ['maxwell.stopped', 'maxwell.quiet', 'maxwell.not-connected', 'maxwell.lagging'],
  'maxwell.position-lost': cdcSilent(),
  'maxwell.position-elsewhere': cdcSilent(),
  'maxwell.position-purged': cdcSilent(),
  'maxwell.wrong-vhost': ['maxwell.not-connected'],
  'maxwell.stopped': ['maxwell.quiet', 'maxwell.not-connected', 'maxwell.lagging'],
  'docker.hung': ['s3.file-missing', 'esr.*', 'etl.*', 'queues.consumers-missing'],
  'docker.absent': ['s3.file-missing', 'esr.*', 'etl.*', 'queues.consumers-missing', ...cdcSilent()],
  'esr.stuck': withoutEsr,
  'esr.gone': withoutEsr,
  'esr.stopped': withoutEsr,
  'esr.restarting': withoutEsr,
  'esr.startup-failed': withoutEsr,
  'esr.unhealthy': withoutEsr,
  'etl.stuck': ['s3.file-missing'],
  'etl.gone': ['s3.file-missing'],
  'etl.stopped': ['s3.file-missing'],
  'etl.restarting': ['s3.file-missing'],
  'etl.startup-failed': ['s3.file-missing'],
  'etl.unhealthy': ['s3.file-missing'],
  'maxwell.quiet': ['maxwell.not-connected', 'maxwell.lagging'],
  'maxwell.never-seen': ['maxwell.not-connected', 'maxwell.lagging'],
};

function cdcSilent(): readonly string[] {
  return ['maxwell.stopped', 'maxwell.quiet', 'maxwell.never-seen', 'maxwell.not-connected', 'maxwell.lagging'];
}

/** A finding with its place in the chain from cause to consequence. */
export interface ExplainedFinding extends Finding {
  /** Codes of findings that were found as well and bring this one about. Empty: it is a root cause. */
  readonly causedBy: readonly string[];
}

/** Root causes, worst and furthest upstream first, each with what it brings about. */
export interface RootCause {
  readonly cause: ExplainedFinding;
  readonly brings: readonly ExplainedFinding[];
}

/** Orders findings: causes before consequences. A consequence is listed under the first cause that explains it. */
export function explainFindings(findings: readonly Finding[]): readonly RootCause[] {
  const explained = findings.map((finding, index) => ({
    ...finding,
    causedBy: [
      // One engine is one cause, however many components are on it.
      ...findings
        .slice(0, index)
        .filter(
          ({ code, next }) => /^docker\./.test(code) && code === finding.code && next.command === finding.next.command,
        )
        .map(({ code }) => code),
      ...new Set(
        findings
          .filter((cause) => cause !== finding && isToActOn(finding) && explains(cause.code, finding.code))
          .map((cause) => cause.code),
      ),
    ],
  }));
  const roots = explained.filter(({ causedBy }) => causedBy.length === 0).sort(byGravity);
  const taken = new Set<ExplainedFinding>();
  return roots.map((cause) => {
    const brings = explained.filter((other) => {
      if (taken.has(other) || !leadsTo(cause.code, other)) return false;
      taken.add(other);
      return true;
    });
    return { cause, brings: brings.sort(byGravity) };
  });

  /** Straight, or by way of another finding. Two findings of one code are each other's way, so each is gone once. */
  function leadsTo(
    root: string,
    finding: ExplainedFinding,
    passed: ReadonlySet<ExplainedFinding> = new Set(),
  ): boolean {
    if (passed.has(finding)) return false;
    const way = new Set([...passed, finding]);
    return finding.causedBy.some(
      (code) => code === root || explained.some((between) => between.code === code && leadsTo(root, between, way)),
    );
  }
}

function explains(cause: string, consequence: string): boolean {
  return (consequences[cause] ?? []).some((pattern) =>
    pattern.endsWith('.*') ? consequence.startsWith(pattern.slice(0, -1)) : pattern === consequence,
  );
}

const severities: readonly Severity[] = ['broken', 'degraded', 'unseen', 'advice'];

/** Order of dependency: what others need comes first. */
const upstream: readonly Finding['place'][] = [
  'mysql',
  'broker',
  'vhost',
  'exchange',
  'maxwell',
  'esr',
  'etl',
  'queues',
];

function byGravity(a: Finding, b: Finding): number {
  const place = ({ place: at }: Finding): number =>
    upstream.includes(at) ? upstream.indexOf(at) : places.indexOf(at) + upstream.length;
  return severities.indexOf(a.severity) - severities.indexOf(b.severity) || place(a) - place(b);
}

import type { Finding, Look } from './finding.ts';

/** What a fault means for those who wait for the interface. */
export interface Implication {
  /** 1: today's work is lost or late for good · 2: late, and made up for by itself once it runs again · 3: a risk. */
  readonly priority: 1 | 2 | 3;
  /** In plain words, for somebody who does not know the systems. */
  readonly text: string;
}

/**
 * The implications of findings, most urgent first. What is not known is said to be unknown.
 *
 * @param deadlines what is due next, from load types
 */
export function implicationsOf(
  looks: readonly Look[],
  findings: readonly Finding[],
  deadlines: readonly Implication[] = [],
): readonly Implication[] {
  const has = (...codes: readonly string[]): boolean => findings.some(({ code }) => codes.includes(code));
  const of = (place: Look['place']): Look | undefined => looks.find((look) => look.place === place);
  const queues = of('queues');
  const messages = queues?.figures['messages'] ?? null;
  const vhostGone = has('vhost.down', 'vhost.down-rebooted');
  const inPart = vhostGone && (of('vhost')?.figures['runsOn'] ?? 0) > 0;
  const stopped = (vhostGone && !inPart) || has('vhost.absent', 'broker.down', 'broker.amqp-unreachable');
  const found: Implication[] = [];
  const say = (priority: Implication['priority'], text: string): void => {
    found.push({ priority, text });
  };
  if (stopped) say(1, 'No files from or to ESR are processed until this is put right: the interface stands still.');
  if (inPart)
    say(1, 'Some of the work with ESR stands still and some goes on: the vhost is down on a part of the cluster.');
  if (vhostGone)
    say(
      1,
      'Messages that were in the queues may be lost with the vhost; how many there are cannot be seen while it is down. Those that came from changes in TIS can be sent again.',
    );
  if (has('vhost.absent'))
    say(1, 'All messages that were in the queues are lost. Those that came from changes in TIS can be sent again.');
  if (has('maxwell.position-purged'))
    say(
      1,
      'Some changes made in TIS will never reach ESR by themselves: they must be found and entered again by hand.',
    );
  if (has('maxwell.position-lost', 'maxwell.position-elsewhere'))
    say(1, 'If CDC is simply started again, changes made in TIS since it stopped are left out without a trace.');
  if (has('maxwell.wrong-vhost'))
    say(
      1,
      'Changes made in TIS are being sent where nobody reads them, and count as sent: they have to be sent again.',
    );
  else if (findings.some(({ place, severity }) => place === 'maxwell' && severity === 'broken'))
    say(
      2,
      'Changes made in TIS (placements, posts, trainees) do not reach ESR now. They wait in the database and are sent when CDC is back.',
    );
  if (has('exchange.unbound', 'exchange.absent') && !stopped)
    say(
      1,
      'Changes made in TIS are dropped on their way without an error, and count as sent: they have to be sent again.',
    );
  if (has('broker.alarm')) say(2, 'Services that send hang without an error; nothing is lost so far.');
  for (const { figure, message } of findings.filter(({ code }) => code === 'queues.consumers-missing'))
    say(2, `Some work is not being done: ${message} (${figure}). It is made up for when the services are back.`);
  for (const { message } of findings.filter(
    ({ code }) => code.startsWith('vhost.permission-lost') || code === 'vhost.fenced',
  ))
    say(2, `One of the services is locked out: ${message}`);
  if (has('mysql.unreachable'))
    say(1, 'If the database is down for everybody, TIS itself does not work, and that comes first.');
  for (const { figure } of findings.filter(({ code }) => code === 'queues.dead-letters'))
    say(3, `${figure}: messages that a service gave up. Nobody works on them until somebody looks.`);
  if (found.length > 0 && messages !== null && messages > 0)
    say(
      3,
      `${messages} message${messages === 1 ? '' : 's'} in the queues ${messages === 1 ? 'is' : 'are'} safe as long as the vhost is.`,
    );
  return [...found, ...deadlines].sort((a, b) => a.priority - b.priority);
}

import type { Finding, Look } from '../core/finding.ts';

const ofCdc = 'esr-ops recover cdc';
const ofVhost = 'esr-ops recover vhost';

/** `recover vhost` brings CDC back, too: what `recover cdc` would have to be told, it has to be told as well. */
export function withCdcFlags(looks: readonly Look[]): readonly Look[] {
  const told = looks.flatMap(({ findings }) => findings).find(({ next }) => next.command.startsWith(`${ofCdc} --`));
  if (told === undefined) return looks;
  const flags = told.next.command.slice(ofCdc.length);
  const withFlags = (finding: Finding): Finding => {
    const { byHand, command } = finding.next;
    if (!command.startsWith(ofVhost)) return finding;
    const hands = [byHand, told.next.byHand].filter((hand) => hand !== null);
    return { ...finding, next: { byHand: hands.length === 0 ? null : hands.join(' '), command: `${command}${flags}` } };
  };
  return looks.map((look) => ({ ...look, findings: look.findings.map(withFlags) }));
}

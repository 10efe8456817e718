import { positionText } from '../core/binlog-position.ts';
import type { Finding } from '../core/finding.ts';
import type { MaxwellStatus } from '../core/maxwell-status.ts';
import { finding } from './probe.ts';

const blocks = ['starting CDC: it would leave changes out without a word'];

/** What is wrong with Maxwell's stored position. */
export function positionFindings(status: MaxwellStatus): readonly Finding[] {
  const { stored, storedElsewhere, serverId, positionReadable, end } = status;
  const since = status.heartbeat === null ? null : ({ ms: status.heartbeat.heartbeat, how: 'after' } as const);
  const [elsewhere] = storedElsewhere;
  if (stored === null)
    return [
      elsewhere === undefined
        ? finding({
            code: 'maxwell.position-lost',
            place: 'maxwell',
            severity: 'broken',
            message: "CDC's stored position is gone.",
            figure: 'no position',
            since,
            evidence: [`positions has no row of ${status.clientId} for server id ${serverId}`],
            meaning: `Started now, it begins at the end of the log (${positionText(end)}) and leaves out all that lies between, without a word.`,
            blocks,
            next: { byHand: null, command: 'esr-ops recover cdc' },
          })
        : finding({
            code: 'maxwell.position-elsewhere',
            place: 'maxwell',
            severity: 'broken',
            message: `CDC's position is stored for server id ${elsewhere.serverId}, and this server's is ${serverId}.`,
            figure: `server id ${serverId}`,
            evidence: [`positions: server_id ${elsewhere.serverId}; @@server_id: ${serverId}`],
            meaning:
              'The database was restored or failed over: offsets of one server mean nothing on another, and CDC would begin at the end of this log.',
            blocks,
            next: { byHand: 'Find out which server the changes were made on.', command: 'esr-ops maxwell status' },
          }),
    ];
  if (stored.position === null || positionReadable) return [];
  return [
    finding({
      code: 'maxwell.position-purged',
      place: 'maxwell',
      severity: 'broken',
      message: `The binary log that CDC's position needs, ${stored.position.file}, was purged.`,
      figure: positionText(stored.position),
      since,
      evidence: [`stored position ${positionText(stored.position)}; SHOW BINARY LOGS does not list the file`],
      meaning:
        'It can not go on from there. What was in the purged files is never published: those changes must be found by hand.',
      blocks,
      next: {
        byHand: 'Know that changes of the purged files stay left out, and note their times for the reconciliation.',
        command: 'esr-ops recover cdc --accept-gap',
      },
    }),
  ];
}
